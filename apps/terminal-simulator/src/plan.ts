/** Who or what ends the transaction, if not the amount. */
export const OUTCOMES = ['approve', 'decline', 'cancel-by-buyer', 'no-card', 'hang'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * What goes wrong on the way:
 * * `drop-ack`: the first acknowledgement is lost
 * * `drop-result`: the first sending of the result is lost; the journal sends it again
 * * `duplicate-result`: the result is sent twice
 * * `late-result`: the result is only told some time after `expiresAt`
 * * `die-after-approval`: right after the card was charged and the journal written, the power goes
 * * `never-answer-status`: questions for this transaction stay unanswered
 * * `clock-skew`: the terminal's clock is wrong
 */
export const FAULTS = [
  'drop-ack',
  'drop-result',
  'duplicate-result',
  'late-result',
  'die-after-approval',
  'never-answer-status',
  'clock-skew',
] as const;
export type Fault = (typeof FAULTS)[number];

/**
 * How one transaction goes. Without `outcome` the amount decides. `thinkMs`: from the start to the result; `lateByMs`: after `expiresAt`; `skewMs`: how
 * much the clock is fast. `tipMinor` is added by the buyer to a `Purchase` or a `PreAuth`.
 */
export type Plan = {
  readonly outcome?: Outcome;
  readonly respCode?: string;
  readonly thinkMs?: number;
  readonly tipMinor?: number;
  readonly fault?: Fault;
  readonly lateByMs?: number;
  readonly skewMs?: number;
};

/** How long a payment takes where nothing else is said. */
export const DEFAULT_THINK_MS = 1500;
export const MAX_DELAY_MS = 600_000;
export const MAX_SKEW_MS = 7 * 86_400_000;
export const MAX_SCRIPT_LENGTH = 1_000;
