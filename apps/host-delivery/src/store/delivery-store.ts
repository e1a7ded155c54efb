import { Inject, Injectable } from '@nestjs/common';
import { defineBatch, statement, Transactions, type Tx } from '@tillbridge/messaging';
import {
  toClaimed,
  toOutcomeRow,
  toRow,
  type ClaimedDelivery,
  type ClaimedRow,
  type NewDelivery,
  type RecordedAttempt,
} from './delivery-row.js';

/** What may be claimed now. Every list is about posts under way, so none is longer than their bound, but for the failing lanes. */
export type Load = {
  /** How many deliveries may be claimed in all. */
  readonly room: number;
  readonly lanes: readonly { readonly lane: string; readonly posts: number; readonly maxPosts: number }[];
  readonly clients: readonly { readonly clientId: string; readonly posts: number }[];
  readonly maxPostsPerClient: number;
  /** Lanes whose last attempt failed, and how many posts they may begin together. */
  readonly failingLanes: readonly string[];
  readonly failingRoom: number;
};

/** How many rows are looked at to choose from. A lane with a longer backlog fills it once, is busy then, and is looked past the next time. */
const CANDIDATES = 256;
/**
 * How often a delivery may be claimed without any record of how that went. Each time the host may get the same push again, so a delivery whose
 * record cannot be written must not go on for ever; crashes and outages of the database use up one each.
 */
export const MAX_UNRECORDED_CLAIMS = 20;

/** Conditions that both looks at the index have in common: due, not leased, and neither its client nor the failing lanes are at their bound. */
const CLAIMABLE = `state = 'pending' and due_at <= $1 and (leased_until is null or leased_until <= $1)
       and client_id <> all ($9::text[]) and ($11::int > 0 or lane <> all ($10::text[]))`;

const insertDeliveries = statement(
  'insert_deliveries',
  'insert into deliveries select * from jsonb_populate_recordset(null::deliveries, $1::jsonb)',
);

// Lanes without a post under way come first, then those with the fewest, then what has been due longest. Idle lanes are looked for apart,
// because the oldest rows may all belong to busy ones, and busy lanes only if that leaves room; thus a freed place does not fall to whoever has
// the longest backlog. A lane that was idle gets one place, and more in the next step, if it has proven itself before.
// Locking is a step of its own because PostgreSQL does not lock under a window function; it looks at the conditions again, for another replica
// may have been faster.
const claimDue = statement(
  'claim_due',
  `with idle as materialized (
     select delivery_id, lane, client_id, due_at from deliveries
     where ${CLAIMABLE} and lane <> all ($4::text[]) order by due_at limit ${CANDIDATES}),
   candidates as (
     select * from idle
     union all
     (select delivery_id, lane, client_id, due_at from deliveries
      where cardinality($12::text[]) > 0 and (select count(*) from idle) < $3 and ${CLAIMABLE} and lane = any ($12::text[])
      order by due_at limit ${CANDIDATES})),
   in_lane as (
     select c.*, coalesce(l.max_posts, 1) as max_posts, c.lane = any ($10::text[]) as failing,
       coalesce(l.posts, 0) + row_number() over (partition by c.lane order by c.due_at, c.delivery_id) as place
     from candidates c left join unnest($4::text[], $5::int[], $6::int[]) as l (lane, posts, max_posts) using (lane)),
   in_client as (
     select i.*, coalesce(k.posts, 0) + row_number() over (partition by i.client_id order by place, due_at, delivery_id) as client_place
     from in_lane i left join unnest($7::text[], $8::int[]) as k (client_id, posts) using (client_id) where place <= max_posts),
   in_share as (
     select i.*, row_number() over (partition by failing order by place, due_at, delivery_id) as share_place
     from in_client i where client_place <= $13),
   locked as (
     select delivery_id from deliveries
     where delivery_id in (
         select delivery_id from in_share where not failing or share_place <= $11 order by place, due_at, delivery_id limit $3)
       and state = 'pending' and (leased_until is null or leased_until <= $1)
     order by delivery_id for update skip locked),
   claimed as (
     update deliveries d
     set leased_until = $2, first_attempt_at = coalesce(first_attempt_at, $1), claims = coalesce(claims, 0) + 1
     from locked where d.delivery_id = locked.delivery_id and coalesce(d.claims, 0) < ${MAX_UNRECORDED_CLAIMS} returning d.*),
   given_up as (
     update deliveries d
     set state = 'parked', due_at = null, leased_until = null, last_error = 'unrecorded', version = version + 1, changed_at = $1
     from locked where d.delivery_id = locked.delivery_id and d.claims >= ${MAX_UNRECORDED_CLAIMS} returning d.*)
   select c.*, own.url as own_url, own.enabled as own_enabled, coalesce(own.signing_secret, signer.signing_secret) as signing_secret
   from (select * from claimed union all select * from given_up) c
   left join endpoints own on own.endpoint_id = c.endpoint_id
   left join lateral (
     select e.signing_secret from endpoints e
     where c.endpoint_id is null and e.enabled and e.client_id = c.client_id and e.merchant_id = c.merchant_id
     order by e.created_at desc, e.endpoint_id desc limit 1) signer on true
   order by c.due_at`,
);

// Only what is still at the version that was claimed: after a lease ran out, another process may have tried and recorded as well.
const recordAttempts = statement(
  'record_attempts',
  `with outcomes as (
     select * from jsonb_to_recordset($1::jsonb) as o (delivery_id uuid, version integer, state text, due_at timestamptz, changed_at timestamptz,
       started_at timestamptz, duration_ms integer, status integer, error_class text, response_excerpt text)),
   changed as (
     update deliveries d
     set state = o.state, version = d.version + 1, attempts = d.attempts + 1, due_at = o.due_at, leased_until = null, claims = 0,
       last_status = o.status, last_error = o.error_class, changed_at = o.changed_at
     from outcomes o where d.delivery_id = o.delivery_id and d.version = o.version
     returning d.delivery_id, d.attempts)
   insert into attempts (delivery_id, attempt_no, started_at, duration_ms, status, error_class, response_excerpt)
   select c.delivery_id, c.attempts, o.started_at, o.duration_ms, o.status, o.error_class, o.response_excerpt
   from changed c join outcomes o using (delivery_id)
   returning delivery_id`,
);

const insertAll = defineBatch<readonly NewDelivery[], undefined>(async (db, plans) => {
  const rows = plans.flat().map(toRow);
  if (rows.length > 0) await db.query(insertDeliveries, [JSON.stringify(rows)]);
  return plans.map(() => undefined);
});

const recordAll = defineBatch<RecordedAttempt, boolean>(async (db, attempts) => {
  const rows = await db.query<{ delivery_id: string }>(recordAttempts, [JSON.stringify(attempts.map(toOutcomeRow))]);
  const recorded = new Set(rows.map((row) => row.delivery_id));
  return attempts.map((attempt) => recorded.has(attempt.deliveryId));
});

/** What is to be pushed to whom; the only place that knows the SQL of deliveries and attempts. */
@Injectable()
export class DeliveryStore {
  constructor(@Inject(Transactions) private readonly transactions: Transactions) {}

  async insert(tx: Tx, deliveries: readonly NewDelivery[]): Promise<void> {
    await tx.batch(insertAll, deliveries);
  }

  /**
   * Leases what is due and fits, fairly among lanes. Committed on return: until `leasedUntil` nobody else gets these, after it anybody may.
   * What was claimed too often without a record is parked instead, as `unrecorded`, and only named. No fact tells of it: telling may be what fails.
   */
  async claim(now: Date, leasedUntil: Date, load: Load): Promise<{ claimed: ClaimedDelivery[]; givenUp: string[] }> {
    const rows = await this.transactions.once((shared) => shared.query<ClaimedRow>(claimDue, claimValues(now, leasedUntil, load)));
    const { parked = [], pending = [] } = Object.groupBy(rows, (row) => row.state);
    return { claimed: pending.map(toClaimed), givenUp: parked.map((row) => row.delivery_id) };
  }

  /** Writes an attempt and what follows from it. False when the delivery was recorded by someone else since it was claimed. */
  record(tx: Tx, attempt: RecordedAttempt): Promise<boolean> {
    return tx.batch(recordAll, attempt);
  }
}

function claimValues(now: Date, leasedUntil: Date, load: Load): unknown[] {
  const { room, lanes, clients, maxPostsPerClient, failingLanes, failingRoom } = load;
  const names = lanes.map(({ lane }) => lane);
  const open = lanes.filter(({ posts, maxPosts }) => posts < maxPosts).map(({ lane }) => lane);
  const fullClients = clients.filter(({ posts }) => posts >= maxPostsPerClient).map(({ clientId }) => clientId);
  return [
    ...[now, leasedUntil, room],
    ...[names, lanes.map(({ posts }) => posts), lanes.map(({ maxPosts }) => maxPosts)],
    ...[clients.map(({ clientId }) => clientId), clients.map(({ posts }) => posts), fullClients],
    ...[failingLanes, failingRoom, open, maxPostsPerClient],
  ];
}
