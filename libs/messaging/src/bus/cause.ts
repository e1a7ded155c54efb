import { newId } from '@tillbridge/kernel';
import { continueTrace } from '@tillbridge/platform';

/** Why something happens: carried from the till's call through every request and fact that follows from it. */
export type Cause = {
  /** One id for all that follows from one call from outside. */
  readonly correlationId: string;
  /** The message that caused this directly. */
  readonly causationId?: string;
  /** W3C trace context. */
  readonly traceparent: string;
};

/** The cause of what the service does by itself (a deadline, a retry) or of a call that brought no context. */
export const newCause = (traceparent?: string): Cause => ({ correlationId: newId(), traceparent: continueTrace(traceparent) });
