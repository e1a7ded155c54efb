import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { merchantRegistered, terminalBound, terminalUnbound, type MerchantV1, type TillBindingV1 } from '@tillbridge/contracts';
import { OnFact, type MessageContext } from '@tillbridge/messaging';
import { MerchantStore } from '../store/merchant-store.js';
import { TillStore } from '../store/till-store.js';

/** Keeps which terminal a till is bound to, and what merchants have decided. */
@Controller()
export class BindingFactsController {
  constructor(
    @Inject(TillStore) private readonly tills: TillStore,
    @Inject(MerchantStore) private readonly merchants: MerchantStore,
  ) {}

  @OnFact(merchantRegistered)
  registered(@Payload() merchant: MerchantV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.merchants.put(tx, merchant);
  }

  @OnFact(terminalBound)
  bound(@Payload() till: TillBindingV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.tills.put(tx, till, true);
  }

  @OnFact(terminalUnbound)
  unbound(@Payload() till: TillBindingV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.tills.put(tx, till, false);
  }
}
