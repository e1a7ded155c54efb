import { type Fault, FAULTS, MAX_DELAY_MS, MAX_SCRIPT_LENGTH, MAX_SKEW_MS, type Outcome, OUTCOMES, type Plan } from './plan.js';

/** One transaction of a script, as the control API takes it. `delayMs` is the time the payment takes; with `late-result` the time after `expiresAt`. */
export type ScriptEntry = {
  readonly outcome: Outcome;
  readonly respCode?: string;
  readonly delayMs?: number;
  readonly tipAmount?: number;
  readonly fault?: Fault;
  readonly skewMs?: number;
};

const MAX_TIP_MINOR = 999_999_999;

const isFault = (fault: Fault): object => ({ required: ['fault'], properties: { fault: { const: fault } } });

/** JSON Schema of a script: what it refuses is told with the member's name. */
export const scriptSchema = {
  type: 'array',
  minItems: 1,
  maxItems: MAX_SCRIPT_LENGTH,
  items: {
    type: 'object',
    required: ['outcome'],
    additionalProperties: false,
    properties: {
      outcome: { enum: OUTCOMES },
      respCode: { type: 'string', minLength: 1, maxLength: 16 },
      delayMs: { type: 'integer', minimum: 0, maximum: MAX_DELAY_MS },
      tipAmount: { type: 'integer', minimum: 0, maximum: MAX_TIP_MINOR },
      fault: { enum: FAULTS },
      skewMs: { type: 'integer', minimum: -MAX_SKEW_MS, maximum: MAX_SKEW_MS },
    },
    allOf: [
      { if: isFault('late-result'), then: { required: ['delayMs'] } },
      { if: isFault('clock-skew'), then: { required: ['skewMs'] }, else: { properties: { skewMs: false } } },
    ],
  },
} as const;

export function planOf({ outcome, respCode, delayMs, tipAmount, fault, skewMs }: ScriptEntry): Plan {
  const delay = delayMs === undefined ? {} : fault === 'late-result' ? { lateByMs: delayMs } : { thinkMs: delayMs };
  return {
    outcome,
    ...delay,
    ...(respCode === undefined ? {} : { respCode }),
    ...(tipAmount === undefined ? {} : { tipMinor: tipAmount }),
    ...(fault === undefined ? {} : { fault }),
    ...(skewMs === undefined ? {} : { skewMs }),
  };
}
