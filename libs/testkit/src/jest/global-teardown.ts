/** Stops what the global setup of this run started. */
export default async function stopTestServers(): Promise<void> {
  const servers = (globalThis as { tillbridgeTestServers?: { stop: () => Promise<void> } }).tillbridgeTestServers;
  await servers?.stop();
}
