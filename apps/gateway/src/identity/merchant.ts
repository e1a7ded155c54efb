import { done, refused, type Answer, type CallerV1 } from '@tillbridge/contracts';

/** Whether the call may act for the merchant it names. Without a name it acts for the token's: one page of the vendor leaves it out. */
export function checkMerchant(caller: CallerV1, merchantId: string | undefined): Answer<CallerV1> {
  return merchantId === undefined || merchantId === caller.merchantId ? done(caller) : refused('not-yours');
}
