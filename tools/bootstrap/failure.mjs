/** A failure whose message is all that the reader needs: it is shown without a stack trace. */
export class Failure extends Error {}
