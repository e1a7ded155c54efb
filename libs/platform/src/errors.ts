/** Input that cannot be taken as it is; thrown only at the border. Becomes 400 or the dialect's own form of it. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
}

/** Something that we need is out of reach or full, and nothing was done. The caller may try again after `retryAfterMs`. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';

  constructor(
    what: string,
    readonly retryAfterMs = 1_000,
    options?: ErrorOptions,
  ) {
    super(what, options);
  }
}
