/** What a run at one arrival rate showed. Latencies are counted from the intended start: a request that had to wait for its turn has waited. */
export type LoadResult = {
  readonly offeredPerSecond: number;
  readonly achievedPerSecond: number;
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

const TICK_MS = 2;

/**
 * Starts requests at a fixed rate whatever the answers do (a closed loop would slow down with the system and hide its stalls), and waits
 * for all of them. `send` gets the number of the request and resolves to whether it succeeded.
 */
export async function openLoop(options: {
  perSecond: number;
  seconds: number;
  send: (index: number) => Promise<boolean>;
}): Promise<LoadResult> {
  const total = Math.round(options.perSecond * options.seconds);
  const latencies: number[] = [];
  let failures = 0;
  let started = 0;
  const begin = performance.now();
  const pending: Promise<void>[] = [];

  const launch = (index: number): void => {
    const intended = begin + (index * 1000) / options.perSecond;
    const finish = (ok: boolean): void => {
      latencies.push(performance.now() - intended);
      if (!ok) failures += 1;
    };
    pending.push(
      options.send(index).then(finish, () => {
        finish(false);
      }),
    );
  };

  while (started < total) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) * options.perSecond) / 1000) + 1);
    while (started < due) launch(started++);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(pending);
  const elapsed = (performance.now() - begin) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return {
    offeredPerSecond: options.perSecond,
    achievedPerSecond: (total - failures) / elapsed,
    failures,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
}

/** Kept up: nothing failed, the answers came as fast as the requests, and the slowest hundredth was still bearable. */
export const keptUp = (result: LoadResult): boolean =>
  result.failures === 0 && result.achievedPerSecond >= result.offeredPerSecond * 0.95 && result.p99Ms <= BEARABLE_P99_MS;

const BEARABLE_P99_MS = 250;
