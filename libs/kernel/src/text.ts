/** Whether PostgreSQL can keep the text: it takes neither NUL nor half a character (a lone surrogate). */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');
