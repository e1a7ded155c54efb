/** The command line, or a file that it names, is not understood. The message is all that the reader needs. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}
