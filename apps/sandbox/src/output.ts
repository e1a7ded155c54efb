// The only file that writes to the terminal.

/** What is done sooner than this is not worth a line while it lasts. */
const SILENT_MS = 2_000;
const TURN_MS = 120;
const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const CLEAR_LINE = '\r\x1b[2K';

// A reader that went away (`npm start | head`) is no reason to leave servers behind.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

/** Prints lines. */
export function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a problem, to stderr. */
export function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

const secondsSince = (begin: number): string => `${((performance.now() - begin) / 1_000).toFixed(1)} s`;

/**
 * Does a step of the start and prints it with its time when it is done. While it takes long, a terminal shows it with a spinner; elsewhere
 * it is announced once.
 */
export async function step<T>(label: string, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const live = process.stdout.isTTY;
  let turns = 0;
  const show = (): void => {
    if (performance.now() - begin < SILENT_MS) return;
    if (live) process.stdout.write(`${CLEAR_LINE}  ${FRAMES.charAt(turns % FRAMES.length)} ${label} … ${secondsSince(begin)}`);
    else if (turns === 0) say(`  … ${label}`);
    turns += 1;
  };
  const timer = setInterval(show, live ? TURN_MS : SILENT_MS);
  const finish = (mark: string): void => {
    clearInterval(timer);
    say(`${live && turns > 0 ? CLEAR_LINE : ''}  ${mark} ${label} (${secondsSince(begin)})`);
  };
  try {
    const result = await work();
    finish('✓');
    return result;
  } catch (error) {
    finish('✗');
    throw error;
  }
}
