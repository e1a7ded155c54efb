import { CsvError, parse } from 'csv-parse/sync';
import { MAX_TERMINALS } from '../fleet.js';
import type { Admission } from './arguments.js';
import { WrongUsage } from './wrong-usage.js';

type Row = { readonly line: number; readonly terminalSn: string; readonly key: string; readonly code: string };

const MAX_SN_LENGTH = 64;

/**
 * Reads the text of a fleet file: columns `terminalSn`, `key`, `code`. What the simulator and `tillbridge admin terminals import` write is read as
 * well, so further columns are no mistake. A terminal that has both a key and a code goes in by its key. Throws WrongUsage that names the line.
 */
export function readFleet(file: string, text: string): Admission[] {
  const found = new Map<string, Admission>();
  for (const row of rowsOf(file, text)) {
    const { line, terminalSn, key, code } = row;
    const problem = found.has(terminalSn) ? `${terminalSn} stands in an earlier line already` : problemOf(row);
    if (problem !== undefined) throw wrong(file, line, problem);
    found.set(terminalSn, key === '' ? { terminalSn, pairingCode: code } : { terminalSn, key });
  }
  if (found.size === 0) throw new WrongUsage(`${file} names no terminal`);
  if (found.size > MAX_TERMINALS) throw new WrongUsage(`${file} names ${found.size} terminals; ${MAX_TERMINALS} is the most`);
  return [...found.values()];
}

function problemOf({ terminalSn, key, code }: Row): string | undefined {
  if (terminalSn === '' || terminalSn.length > MAX_SN_LENGTH) return `terminalSn must have 1 to ${MAX_SN_LENGTH} characters`;
  return key === '' && code === '' ? `${terminalSn} has neither a key nor a code` : undefined;
}

function rowsOf(file: string, text: string): Row[] {
  const [header, ...rows] = recordsOf(file, text);
  if (header?.cells.includes('terminalSn') !== true) throw new WrongUsage(`${file}: the first line must name terminalSn, and key or code`);
  const at = (name: string): number => header.cells.indexOf(name);
  const [sn, key, code] = [at('terminalSn'), at('key'), at('code')];
  return rows.map(({ line, cells }) => ({ line, terminalSn: cells[sn] ?? '', key: cells[key] ?? '', code: cells[code] ?? '' }));
}

function recordsOf(file: string, text: string): { line: number; cells: string[] }[] {
  try {
    const records = parse(text, { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true });
    return (records as unknown as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      line: info.lines,
      cells: record,
    }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw wrong(file, typeof error['lines'] === 'number' ? error['lines'] : 1, error.message);
  }
}

const wrong = (file: string, line: number, problem: string): WrongUsage => new WrongUsage(`${file}, line ${line}: ${problem}`);
