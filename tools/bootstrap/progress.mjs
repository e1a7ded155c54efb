// Says what takes long. Nothing is printed for what is done within two seconds. On a terminal one line is kept up to date; elsewhere there
// is one line when the wait begins to be long and one when it is over. All of it goes to stderr: stdout belongs to the program that runs.
const SILENT_MS = 2_000;
const TURN_MS = 120;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const CLEAR_LINE = '\r\x1b[2K';

const seconds = (since) => `${Math.round((performance.now() - since) / 1000)} s`;

/** Runs `work` and shows `label` with the elapsed time while it lasts; returns what `work` returns. */
export async function withProgress(label, work) {
  const began = performance.now();
  const live = process.stderr.isTTY === true;
  let shown = false;
  let frame = 0;
  const show = () => {
    if (performance.now() - began < SILENT_MS) return;
    if (live) process.stderr.write(`${CLEAR_LINE}${FRAMES[frame++ % FRAMES.length]} ${label} … ${seconds(began)}`);
    else if (!shown) process.stderr.write(`${label} …\n`);
    shown = true;
  };
  const timer = setInterval(show, live ? TURN_MS : SILENT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (shown) process.stderr.write(`${live ? CLEAR_LINE : ''}${label}: ${seconds(began)}\n`);
  }
}
