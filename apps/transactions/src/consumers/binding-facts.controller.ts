import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { terminalBound, terminalUnbound, type TillBindingV1 } from '@tillbridge/contracts';
import { OnFact, type MessageContext } from '@tillbridge/messaging';
import { TillStore } from '../store/till-store.js';

/** Keeps which terminal a till is bound to. */
@Controller()
export class BindingFactsController {
  constructor(@Inject(TillStore) private readonly tills: TillStore) {}

  @OnFact(terminalBound)
  bound(@Payload() till: TillBindingV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.tills.put(tx, till, true);
  }

  @OnFact(terminalUnbound)
  unbound(@Payload() till: TillBindingV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.tills.put(tx, till, false);
  }
}
