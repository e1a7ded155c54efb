/** What the card and its host say to an amount. Response codes are those of ISO 8583. */
export type CardAnswer = { approved: boolean; respCode: string; respDesc: string };

export const APPROVED: CardAnswer = { approved: true, respCode: '00', respDesc: 'APPROVED' };
const INVALID_AMOUNT: CardAnswer = { approved: false, respCode: '13', respDesc: 'INVALID AMOUNT' };

/** The test amounts of the vendor's processors, wire specification 8.7. */
const answersByAmount: ReadonlyMap<number, CardAnswer> = new Map([
  [9001, { approved: false, respCode: '51', respDesc: 'INSUFFICIENT FUNDS' }],
  [9002, { approved: false, respCode: '41', respDesc: 'LOST CARD' }],
  [9003, { approved: false, respCode: '54', respDesc: 'EXPIRED CARD' }],
  [9004, { approved: false, respCode: '05', respDesc: 'DECLINED' }],
  [9005, { approved: false, respCode: '68', respDesc: 'TIMEOUT' }],
]);

/** The same list has nine digits approved and ten refused. */
const MAX_CARD_AMOUNT_MINOR = 999_999_999;

/** Whether a card can be asked for this amount, in minor units, at all. */
export const isCardAmount = (amountMinor: number): boolean =>
  Number.isInteger(amountMinor) && amountMinor >= 1 && amountMinor <= MAX_CARD_AMOUNT_MINOR;

/** The card's answer to an amount in minor units; always the same for the same amount. */
export function cardAnswerTo(amountMinor: number): CardAnswer {
  return isCardAmount(amountMinor) ? (answersByAmount.get(amountMinor) ?? APPROVED) : INVALID_AMOUNT;
}
