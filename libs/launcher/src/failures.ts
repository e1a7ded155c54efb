/** A server that cannot be had on this machine. The message is one sentence that says what is missing and the way out. */
export class ServerUnavailable extends Error {
  override readonly name = 'ServerUnavailable';
}

/** Something is used by another living process: a data folder, a port. The message is one sentence with the way out. */
export class AlreadyInUse extends Error {
  override readonly name = 'AlreadyInUse';
}

/** A process was started and did not come up. The message ends with the last lines of its log. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';
}
