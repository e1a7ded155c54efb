const CURSOR = /^([a-z-]{1,40}):([0-9]{1,18})$/;

/**
 * Where the next page of a list begins: behind the record of this number. Only a number travels, because ids may be long; records are never
 * deleted, so the one it names is always there.
 */
export const cursorAt = (list: string, recordNo: string): string => Buffer.from(`${list}:${recordNo}`, 'utf8').toString('base64url');

/** The record's number; undefined for what is no cursor of this list. */
export function readCursor(list: string, cursor: string): string | undefined {
  const [, name, recordNo] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  return name === list && recordNo !== undefined && cursorAt(list, recordNo) === cursor ? recordNo : undefined;
}
