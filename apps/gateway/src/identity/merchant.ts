import { done, refused, type Answer, type CallerV1 } from '@tillbridge/contracts';

/**
 * Whether the call may act for the merchant it names. Without a name it acts for the token's: one page of the vendor leaves it out. To a
 * suspended merchant nothing is open, as to one that does not exist.
 */
export function checkMerchant(caller: CallerV1, merchantId: string | undefined): Answer<CallerV1> {
  const isTheirs = merchantId === undefined || merchantId === caller.merchantId;
  return isTheirs && caller.merchantStanding === 'active' ? done(caller) : refused('not-yours');
}
