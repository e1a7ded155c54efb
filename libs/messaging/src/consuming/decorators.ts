import { EventPattern, MessagePattern } from '@nestjs/microservices';
import type { Answer, FactDefinition, QueryDefinition, RequestDefinition } from '@tillbridge/contracts';
import type { MessageContext } from './handler.js';

type Handles<Method> = (target: object, property: string | symbol, method: TypedPropertyDescriptor<Method>) => void;

/** NestJS's `@EventPattern` for one of our facts: the compiler holds the method against the contract. Parameters: `@Payload()`, `@Ctx()`. */
export const OnFact = <P extends object>(fact: FactDefinition<P>): Handles<(payload: P, context: MessageContext) => Promise<void>> =>
  EventPattern<unknown>(fact.type);

/** NestJS's `@MessagePattern` for a request: the method decides in the open transaction and returns the answer. */
export const OnRequest = <P extends object, A extends object>(
  request: RequestDefinition<P, A>,
): Handles<(payload: P, context: MessageContext) => Promise<Answer<A>>> => MessagePattern<string>(request.type);

/** NestJS's `@MessagePattern` for a query: the method only reads. */
export const OnQuery = <P extends object, A extends object>(query: QueryDefinition<P, A>): Handles<(payload: P) => Promise<Answer<A>>> =>
  MessagePattern<string>(query.type);
