import { appendFileSync, existsSync } from 'node:fs';

/** Keys open terminals. */
const OWNER_ONLY = 0o600;

/** Where the keys go that pairing codes brought: a code works once, so a key that is not kept is lost. A fleet file itself. */
export class KeyFile {
  constructor(readonly path: string) {}

  keep(terminalSn: string, key: string): void {
    const header = existsSync(this.path) ? '' : 'terminalSn,key\n';
    appendFileSync(this.path, `${header}${quoted(terminalSn)},${quoted(key)}\n`, { mode: OWNER_ONLY });
  }
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
