import { AlreadyInUse, ServerUnavailable, StartFailed } from '@tillbridge/launcher';

/** The sandbox could not do what it is for. The message is all that the reader needs. */
export class SandboxFailure extends Error {
  override readonly name = 'SandboxFailure';
}

/** What to print of an error: the message alone when it was written for the reader, else everything. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const meant = [AlreadyInUse, ServerUnavailable, StartFailed, SandboxFailure].some((kind) => error instanceof kind);
  return meant ? error.message : (error.stack ?? error.message);
}
