import { Inject, Injectable } from '@nestjs/common';
import type { JsMsg } from '@nats-io/jetstream';
import { newId } from '@tillbridge/kernel';
import { headersAsRecord, readHead } from '../bus/message.js';
import { statement } from '../write-path/statement.js';
import { Transactions } from '../write-path/transactions.js';

/** How often a message may fail by its own fault before it is parked. Outages do not count. */
export const MAX_ATTEMPTS = 5;
const MAX_ERROR_CHARACTERS = 4_000;

const recordFailure = statement(
  'record_failure',
  `insert into dead_letters as d (consumer, message_id, subject, headers, payload, attempts, last_error, parked_at)
   values ($1, $2, $3, $4, $5, 1, $6, case when 1 >= $7::int then now() end)
   on conflict (consumer, message_id) do update set
     attempts = d.attempts + 1, last_error = excluded.last_error, last_failed_at = now(),
     parked_at = case when d.attempts + 1 >= $7::int then coalesce(d.parked_at, now()) end
   returning attempts, parked_at is not null as parked`,
);

/**
 * Counts failures per message, across restarts and replicas: the server's delivery count also counts crashes and outages, and its
 * `max_deliver` would give a message up without a trace.
 */
@Injectable()
export class DeadLetters {
  constructor(@Inject(Transactions) private readonly transactions: Transactions) {}

  /** Records one more failure; `parked` is committed before the caller may `term()` the message. */
  async record(
    consumer: string,
    message: JsMsg,
    error: unknown,
    maxAttempts = MAX_ATTEMPTS,
  ): Promise<{ attempts: number; parked: boolean }> {
    const values = [
      consumer,
      readHead(message.headers)?.head.id ?? newId(),
      message.subject,
      JSON.stringify(headersAsRecord(message.headers)),
      new TextDecoder().decode(message.data),
      describe(error),
      maxAttempts,
    ];
    const rows = await this.transactions.once((shared) => shared.query<{ attempts: number; parked: boolean }>(recordFailure, values));
    return rows[0] ?? { attempts: 0, parked: false };
  }
}

const describe = (error: unknown): string =>
  (error instanceof Error ? (error.stack ?? error.message) : String(error)).slice(0, MAX_ERROR_CHARACTERS);
