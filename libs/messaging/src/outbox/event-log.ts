import { Inject, Injectable } from '@nestjs/common';
import { catalogue, type HopV1 } from '@tillbridge/contracts';
import { DataSource } from 'typeorm';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../options.js';

const selectEvents = 'select type, occurred_at, traceparent from events where aggregate_id = $1 order by event_id';

type EventRow = { readonly type: string; readonly occurred_at: Date; readonly traceparent: string };

/** What was told of one thing, oldest first, and the trace in which it was told first; that is absent where nothing was told. */
export type History = { readonly hops: HopV1[]; readonly traceparent?: string };

/** Looks into the owner's record of all that it ever told. */
@Injectable()
export class EventLog {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
  ) {}

  async historyOf(aggregateId: string): Promise<History> {
    const rows = await this.dataSource.query<EventRow[]>(selectEvents, [aggregateId]);
    const hops = rows.map(({ type, occurred_at: at }) => ({
      at: at.toISOString(),
      what: catalogue.find(type)?.name ?? type,
      by: this.options.context,
    }));
    const [first] = rows;
    return first === undefined ? { hops } : { hops, traceparent: first.traceparent };
  }
}
