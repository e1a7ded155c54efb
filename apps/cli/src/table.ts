import type { Json } from './admin-client.js';

/** What a screen would take as a command to itself. Names come from outside: none may play with what the operator sees. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const textOf = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

export const printable = (value: unknown): string => textOf(value).replace(CONTROLS, '�');

/** Records as columns; a column in which nothing stands is left out. */
export function tableOf(items: readonly Json[], columns: readonly string[]): string {
  const shown = columns.filter((column) => items.some((item) => item[column] !== undefined));
  if (items.length === 0) return 'none\n';
  const rows = [shown, ...items.map((item) => shown.map((column) => printable(item[column])))];
  const widths = shown.map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** One record, a line for each member. */
export function recordOf(record: Json): string {
  const members = Object.entries(record);
  const width = Math.max(0, ...members.map(([name]) => name.length));
  return members.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}\n`).join('');
}
