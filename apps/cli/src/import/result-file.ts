import { closeSync, existsSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { Failure } from '../failure.js';

export type ResultRow = {
  readonly terminalSn: string;
  readonly merchantId: string;
  readonly status: 'invited' | 'unchanged' | 'refused';
  readonly code?: string;
  readonly expiresAt?: string;
  readonly error?: string;
};

const COLUMNS = ['terminalSn', 'merchantId', 'status', 'code', 'expiresAt', 'error'] as const;
/** The codes are as good as keys until they are used. */
const OWNER_ONLY = 0o600;
const MAX_FILES = 1_000;

/**
 * The file that holds the codes. Nobody can read them again elsewhere, so no result file is ever overwritten: a second run gets the next number.
 * Each row is written as soon as its answer is there, so that an interrupted run has all codes that were given.
 */
export class ResultFile {
  private constructor(
    readonly path: string,
    private readonly descriptor: number,
  ) {}

  /** A file of this very name; refused when there is one. */
  static named(path: string): ResultFile {
    const created = ResultFile.create(path);
    if (created === undefined)
      throw new Failure(`${path} exists, and may hold codes that stand nowhere else; name another file with --result`);
    return created;
  }

  /** `terminals.csv` has its results in `terminals.result.csv`, the next time in `terminals.result-2.csv`. */
  static beside(listFile: string): ResultFile {
    const stem = `${listFile.replace(/\.csv$/i, '')}.result`;
    for (let number = 1; number <= MAX_FILES; number += 1) {
      const created = ResultFile.create(number === 1 ? `${stem}.csv` : `${stem}-${String(number)}.csv`);
      if (created !== undefined) return created;
    }
    throw new Failure(`there are ${String(MAX_FILES)} result files beside ${listFile}; name another one with --result`);
  }

  private static create(path: string): ResultFile | undefined {
    try {
      const file = new ResultFile(path, openSync(path, 'wx', OWNER_ONLY));
      file.write(COLUMNS);
      return file;
    } catch (error) {
      if (existsSync(path)) return undefined;
      throw new Failure(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  add(row: ResultRow): void {
    this.write(COLUMNS.map((column) => row[column] ?? ''));
  }

  close(): void {
    fsyncSync(this.descriptor);
    closeSync(this.descriptor);
  }

  private write(cells: readonly string[]): void {
    writeSync(this.descriptor, `${cells.map(quoted).join(',')}\r\n`);
  }
}

/** RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe, for errors quote what others wrote. */
function quoted(cell: string): string {
  const harmless = /^[=+\-@\t]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
