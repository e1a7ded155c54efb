import { CsvError, parse } from 'csv-parse/sync';
import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { Failure } from '../failure.js';

/** A terminal to invite, and the line that it stands on. */
export type ListedTerminal = {
  readonly line: number;
  readonly clientId: string;
  readonly merchantId: string;
  readonly terminalSn: string;
  readonly terminalId: string;
};

const NEEDED = ['clientId', 'merchantId', 'terminalSn'] as const;
const COLUMNS = [...NEEDED, 'terminalId'] as const;
type Column = (typeof COLUMNS)[number];
const longest: Readonly<Record<Column, number>> = { clientId: 40, merchantId: 40, terminalSn: 64, terminalId: 32 };
const PLACEHOLDER_TERMINAL_ID = '00000000';

const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_PROBLEMS_TOLD = 20;
// Control characters are never meant; the API refuses them too.
const CONTROLS = /[\u0000-\u001f\u007f]/;

type Row = { readonly line: number; readonly cells: readonly string[] };

/** Reads and checks the whole file before anything is sent. Throws Failure that names every line that is wrong, as far as there are few. */
export function readTerminalList(file: string): ListedTerminal[] {
  const [header, ...rows] = rowsOf(file);
  if (header === undefined) throw new Failure(`${file} is empty; its first line must be ${COLUMNS.join(',')}`);
  const columns = columnsOf(file, header);
  const problems: string[] = [];
  const terminals = rows.flatMap((row) => {
    const found = problemsOf(row, columns);
    problems.push(...found);
    return found.length > 0 ? [] : [terminalOf(row, columns)];
  });
  problems.push(...repeated(terminals));
  if (problems.length > 0) throw new Failure(told(file, problems));
  if (terminals.length === 0) throw new Failure(`${file} names no terminal`);
  return terminals;
}

function rowsOf(file: string): Row[] {
  const text = textOf(file);
  try {
    const records = parse(text, { bom: true, info: true, relax_column_count: true, skip_empty_lines: true }) as unknown as {
      record: string[];
      info: { lines: number };
    }[];
    return records.map(({ record, info }) => ({ line: info.lines, cells: record.map((cell) => cell.trim()) }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new Failure(`${file}, line ${typeof error['lines'] === 'number' ? String(error['lines']) : '?'}: ${error.message}`);
  }
}

function textOf(file: string): string {
  const bytes = bytesOf(file);
  if (!isUtf8(bytes)) throw new Failure(`${file} is not UTF-8`);
  return bytes.toString('utf8');
}

function bytesOf(file: string): Buffer {
  try {
    if (statSync(file).size <= MAX_FILE_BYTES) return readFileSync(file);
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new Failure(`${file} is larger than ${String(MAX_FILE_BYTES)} bytes; split it`);
}

function columnsOf(file: string, { line, cells }: Row): Column[] {
  const expected = `expected ${COLUMNS.join(',')}, with commas`;
  const known = cells.filter((cell): cell is Column => COLUMNS.some((column) => column === cell));
  const missing = NEEDED.filter((column) => !known.includes(column));
  if (known.length < cells.length || missing.length > 0 || new Set(known).size < known.length) {
    throw new Failure(`${file}, line ${String(line)}: the header is ${cells.join(',').slice(0, 200)}; ${expected}`);
  }
  return known;
}

function problemsOf({ line, cells }: Row, columns: readonly Column[]): string[] {
  const at = `line ${String(line)}`;
  if (cells.length !== columns.length) return [`${at}: ${String(cells.length)} columns, where the header has ${String(columns.length)}`];
  return columns.flatMap((column, index) => {
    const cell = cells[index] ?? '';
    if (cell === '') return column === 'terminalId' ? [] : [`${at}: ${column} is empty`];
    if (cell.length > longest[column]) return [`${at}: ${column} is longer than ${String(longest[column])} characters`];
    return CONTROLS.test(cell) ? [`${at}: ${column} has control characters in it`] : [];
  });
}

function terminalOf({ line, cells }: Row, columns: readonly Column[]): ListedTerminal {
  const cell = (column: Column): string => cells[columns.indexOf(column)] ?? '';
  const terminalId = cell('terminalId') === '' ? PLACEHOLDER_TERMINAL_ID : cell('terminalId');
  return { line, clientId: cell('clientId'), merchantId: cell('merchantId'), terminalSn: cell('terminalSn'), terminalId };
}

/** The same terminal twice would make one code worthless, or show the second one as unchanged. */
function repeated(terminals: readonly ListedTerminal[]): string[] {
  const lines = new Map<string, number>();
  return terminals.flatMap(({ line, clientId, merchantId, terminalSn }) => {
    const key = JSON.stringify([clientId, merchantId, terminalSn]);
    const first = lines.get(key);
    if (first === undefined) lines.set(key, line);
    return first === undefined ? [] : [`line ${String(line)}: ${terminalSn} stands on line ${String(first)} already`];
  });
}

function told(file: string, problems: readonly string[]): string {
  const more = problems.length - MAX_PROBLEMS_TOLD;
  const rest = more > 0 ? [`and ${String(more)} more`] : [];
  return [`${file} cannot be imported; nothing was sent:`, ...problems.slice(0, MAX_PROBLEMS_TOLD), ...rest].join('\n  ');
}
