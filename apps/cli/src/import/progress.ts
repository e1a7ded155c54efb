import type { Surroundings } from '../surroundings.js';
import type { ResultRow } from './result-file.js';

const CLEAR_LINE = '\r\x1b[2K';
/** Without a terminal, one line for so many rows. */
const ROWS_A_LINE = 100;

/** Says how far an import is: on a terminal in one line that changes, elsewhere in a line now and then. */
export class Progress {
  readonly counts = { invited: 0, unchanged: 0, refused: 0 };
  private done = 0;

  constructor(
    private readonly total: number,
    private readonly around: Pick<Surroundings, 'note' | 'isLive'>,
  ) {}

  count(status: ResultRow['status']): void {
    this.counts[status] += 1;
    this.done += 1;
    if (this.around.isLive) this.around.note(CLEAR_LINE + this.line());
    else if (this.done % ROWS_A_LINE === 0) this.around.note(`${this.line()}\n`);
  }

  end(): void {
    if (this.around.isLive) this.around.note('\n');
    else if (this.done % ROWS_A_LINE !== 0) this.around.note(`${this.line()}\n`);
  }

  private line(): string {
    const { invited, unchanged, refused } = this.counts;
    return `${String(this.done)} of ${String(this.total)} terminals: ${String(invited)} invited, ${String(unchanged)} unchanged, ${String(refused)} refused`;
  }
}
