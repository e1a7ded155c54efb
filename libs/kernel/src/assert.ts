/**
 * A fault of the program itself, as opposed to bad input, a refusal or an outage. Nobody outside can act on it, so the borders answer
 * with a generic text (500) and keep the message for the log. Messages must not carry secrets or card data.
 */
export class Defect extends Error {
  override readonly name = 'Defect';
}

/** States what the author knows to be true here. Throws {@link Defect} with `message` when it is not. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Defect(message);
}

/**
 * The end of an exhaustive `switch`: it does not compile while a case is missing, and throws {@link Defect} if data from outside the type
 * system gets here all the same.
 * @param what the thing that was switched over, for the message
 */
export function unreachable(value: never, what = 'value'): never {
  throw new Defect(`unexpected ${what}: ${String(value)}`);
}
