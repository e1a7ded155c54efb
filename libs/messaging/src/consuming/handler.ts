import type { MessageHandler } from '@nestjs/microservices';
import type { Answer } from '@tillbridge/contracts';
import { isObservable, lastValueFrom } from 'rxjs';
import type { MessageHead } from '../bus/message.js';
import type { Tx } from '../write-path/tx.js';

/** What a handler of facts and requests gets besides the payload (`@Ctx()`): the head of the message and the open transaction. */
export type MessageContext = { readonly head: MessageHead; readonly tx: Tx };

/** Calls a controller's method through NestJS's pipeline and gives back its result, or throws what it threw. */
export async function invoke(handler: MessageHandler, payload: object, context: MessageContext | undefined): Promise<unknown> {
  const result: unknown = await handler(payload, context);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}

/** What a handler of requests and queries must have returned. */
export const asAnswer = (result: unknown): Answer<object> => {
  if (typeof result === 'object' && result !== null && 'outcome' in result) return result as Answer<object>;
  throw new TypeError('a handler of requests and queries returns an Answer');
};
