/** The command could not do what was asked. The message is all that the reader needs. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** The command line is not understood. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}
