import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { deliverySucceeded, registerEndpoint, streamOf, terminalBound, type TillBindingV1 } from '@tillbridge/contracts';
import { newId } from '@tillbridge/kernel';
import { Unavailable } from '@tillbridge/platform';
import { eventually } from '@tillbridge/testkit';
import { setDuplicateKey, setRequestHeaders, writeHead } from '../src/bus/message.js';
import { Bus, FactListener, MAX_ATTEMPTS, newCause, OutcomeUnknown, RequestClient, Transactions, WriteLane } from '../src/index.js';
import { Behaviour, newBinding, Probe } from './probe.js';

const SOON_MS = 15_000;

describe('the bus', () => {
  let probe: Probe;
  let app: NestFastifyApplication;
  let replicas: NestFastifyApplication[];
  let bus: Bus;

  beforeAll(async () => {
    probe = await Probe.open();
    app = await probe.start();
    replicas = [app, await probe.start()];
    bus = app.get(Bus);
  }, 30_000);

  afterAll(() => probe.close(), 30_000);

  /** Publishes as a relay does; `messageId` decides whether it is the same fact. */
  async function tell(fact: TillBindingV1, messageId = newId(), body = JSON.stringify(fact)): Promise<void> {
    const head = { id: messageId, type: terminalBound.type, source: 'test', subject: fact.tillUid, time: fact.at };
    const headers = writeHead(head, newCause());
    setDuplicateKey(headers, newId());
    await bus.stream.publish(terminalBound.subjectFor(fact.tillUid), body, { headers });
  }

  const sayFacts = (ids: readonly string[]): Promise<unknown> => {
    const lane = new WriteLane(app.get(Transactions));
    return Promise.all(
      ids.map((id) =>
        lane.run({
          keys: [id],
          cause: newCause(),
          perform: (tx) => Promise.resolve(tx.say(deliverySucceeded, { id, version: 1 }, { ...deliverySucceeded.sample, deliveryId: id })),
        }),
      ),
    );
  };

  async function shippedIds(): Promise<string[]> {
    const consumer = await bus.stream.consumers.get(streamOf('host-delivery'));
    const { num_pending: pending } = await consumer.info();
    const messages = await consumer.fetch({ max_messages: Math.max(1, pending), expires: 2_000 });
    const ids: string[] = [];
    for await (const message of messages) {
      ids.push(message.headers?.get('ce-subject') ?? '');
      if (ids.length === pending) break;
    }
    return ids;
  }

  it('hands each fact to one replica, with effect once', async () => {
    const facts = Array.from({ length: 50 }, () => newBinding());
    await Promise.all(facts.map((fact) => tell(fact)));
    await eventually(async () => {
      expect(await Promise.all(facts.map((fact) => probe.effects(fact.tillUid)))).toEqual(facts.map(() => 1));
    }, SOON_MS);
  });

  it('takes a fact that comes again as nothing new', async () => {
    const [fact, marker, id] = [newBinding(), newBinding(), newId()];
    await tell(fact, id);
    await tell(fact, id);
    await tell(fact, id);
    await tell(marker);
    await eventually(async () => expect(await probe.effects(marker.tillUid)).toBe(1), SOON_MS);
    expect(await probe.effects(fact.tillUid)).toBe(1);
  });

  it('changes nothing when everything is delivered a second time', async () => {
    const fact = newBinding();
    await tell(fact);
    await eventually(async () => expect(await probe.effects(fact.tillUid)).toBe(1), SOON_MS);
    const { rows: before } = await probe.db.query('select * from effects order by subject');
    await bus.manager.consumers.delete(streamOf('binding'), 'probe__binding');
    const marker = newBinding();
    // Its coming also shows that the service made the durable again by itself.
    await tell(marker);
    await eventually(async () => expect(await probe.effects(marker.tillUid)).toBe(1), SOON_MS);
    const { rows: after } = await probe.db.query('select * from effects where subject <> $1 order by subject', [marker.tillUid]);
    expect(after).toEqual(before);
  }, 30_000);

  it('ships every committed fact, also those committed while NATS was away', async () => {
    const [early, late] = [Array.from({ length: 20 }, newId), Array.from({ length: 30 }, newId)];
    await sayFacts(early);
    await probe.nats.kill();
    await sayFacts(late);
    expect(await probe.count('outbox')).toBeGreaterThanOrEqual(30);
    await probe.nats.restart();
    await eventually(async () => expect(await probe.count('outbox')).toBe(0), 30_000);
    const shipped = await shippedIds();
    for (const id of [...early, ...late]) expect(shipped.filter((each) => each === id)).toHaveLength(1);
  }, 60_000);

  it('ships what the stream has already, as after a death between the acknowledgement and the commit', async () => {
    const known = Array.from({ length: 10 }, newId);
    await sayFacts(known);
    await eventually(async () => expect(await probe.count('outbox')).toBe(0), SOON_MS);
    await probe.db.query('insert into outbox select event_id from events where aggregate_id = any($1)', [known]);
    const fresh = Array.from({ length: 10 }, newId);
    await sayFacts(fresh);
    await eventually(async () => expect(await probe.count('outbox')).toBe(0), SOON_MS);
    const shipped = await shippedIds();
    for (const id of [...known, ...fresh]) expect(shipped.filter((each) => each === id)).toHaveLength(1);
  }, 60_000);

  it('goes on with facts and requests after NATS has come back', async () => {
    const fact = newBinding();
    await eventually(() => tell(fact), SOON_MS);
    await eventually(async () => expect(await probe.effects(fact.tillUid)).toBe(1), 30_000);
    const request = { ...registerEndpoint.sample, endpointId: newId() };
    await eventually(async () => {
      expect(await app.get(RequestClient).request(registerEndpoint, request, newCause(), 1_000)).toMatchObject({ outcome: 'done' });
    }, 30_000);
  }, 60_000);

  it('tells the listeners in every replica of a fact, and when they may have missed one', async () => {
    const heard = replicas.map((replica) => {
      const notes: string[] = [];
      replica.get(FactListener).listen(
        terminalBound,
        (fact) => notes.push(fact.tillUid),
        () => notes.push('gap'),
      );
      return notes;
    });
    const [before, after] = [newBinding(), newBinding()];
    await Promise.all(replicas.map((replica) => replica.get(Bus).connection.flush()));
    await tell(before);
    await eventually(() => expect(heard).toEqual([[before.tillUid], [before.tillUid]]), SOON_MS);
    await tell(newBinding(), newId(), '{}');
    await eventually(() => expect(heard.map((notes) => notes.slice(1))).toEqual([['gap'], ['gap']]), SOON_MS);
    await probe.nats.kill();
    await probe.nats.restart();
    await eventually(() => expect(heard.map((notes) => notes.slice(2))).toEqual([['gap'], ['gap']]), SOON_MS);
    await eventually(async () => {
      await tell(after);
      expect(heard.every((notes) => notes.includes(after.tillUid))).toBe(true);
    }, SOON_MS);
  });

  it('parks a fact that fails by its own fault, and only that one', async () => {
    const [poison, id] = [newBinding('poison'), newId()];
    for (const replica of replicas) replica.get(Behaviour).failing.set('poison', new Error('cannot be handled'));
    const neighbours = Array.from({ length: 10 }, () => newBinding());
    await Promise.all([tell(poison, id), ...neighbours.map((fact) => tell(fact))]);
    await eventually(async () => {
      expect(await Promise.all(neighbours.map((fact) => probe.effects(fact.tillUid)))).toEqual(neighbours.map(() => 1));
    }, SOON_MS);
    await eventually(async () => {
      const letter = (await probe.deadLetters()).find((each) => each.message_id === id);
      expect(letter).toMatchObject({ attempts: MAX_ATTEMPTS, parked: true });
      expect(letter?.last_error).toContain('cannot be handled');
    }, 30_000);
    expect(await probe.effects(poison.tillUid)).toBe(0);
  }, 60_000);

  it('parks what cannot be read at once, with its reason', async () => {
    const [fact, id] = [newBinding(), newId()];
    await tell(fact, id, '{"not":"a binding"');
    const letter = await eventually(async () => {
      const found = (await probe.deadLetters()).find((each) => each.message_id === id);
      expect(found?.parked).toBe(true);
      return found;
    }, SOON_MS);
    expect(letter?.last_error).toContain('does not fit its contract');
    expect(await probe.effects(fact.tillUid)).toBe(0);
  });

  it('never executes a request past its not-after', async () => {
    const request = { ...registerEndpoint.sample, endpointId: newId() };
    const headers = writeHead(
      { id: newId(), type: registerEndpoint.type, source: 'test', subject: 'x', time: new Date().toISOString() },
      newCause(),
    );
    const inbox = `_INBOX.test.${newId()}`;
    setRequestHeaders(headers, { notAfter: new Date(Date.now() - 1), replyTo: inbox });
    const replies = bus.connection.subscribe(inbox, { max: 1 });
    bus.connection.publish(registerEndpoint.type, JSON.stringify(request), { headers });
    for await (const message of replies) expect(message.json()).toEqual({ outcome: 'expired' });
    expect(await probe.effects(request.endpointId)).toBe(0);
  });

  it('commits nothing for a request that expires while it is executed', async () => {
    const request = { ...registerEndpoint.sample, endpointId: newId() };
    const held = replicas.map((replica) => replica.get(Behaviour));
    // The owner is held for as long as its caller waits; not-after is earlier than that.
    const expires = new Promise<void>((resolve) => setTimeout(resolve, 600));
    for (const behaviour of held) behaviour.beforeReturn = () => expires;
    const outcome = await app.get(RequestClient).request(registerEndpoint, request, newCause(), 1_000);
    for (const behaviour of held) behaviour.beforeReturn = () => Promise.resolve();
    expect(outcome).toEqual({ outcome: 'expired' });
    expect(await probe.effects(request.endpointId)).toBe(0);
  });

  it('never says "nothing was done" of a request that may have been committed', async () => {
    const request = { ...registerEndpoint.sample, endpointId: newId() };
    const story = [new OutcomeUnknown('during the commit'), new Unavailable('still away'), new Unavailable('still away')];
    for (const replica of replicas) {
      replica.get(Behaviour).beforeReturn = () => {
        const next = story.shift();
        return next === undefined ? Promise.resolve() : Promise.reject(next);
      };
    }
    expect(await app.get(RequestClient).request(registerEndpoint, request, newCause())).toMatchObject({ outcome: 'done' });
    expect(story).toEqual([]);
  });

  it('says "nothing was done" of a new request when nothing was', async () => {
    for (const replica of replicas) {
      replica.get(Behaviour).beforeReturn = () => Promise.reject(new Unavailable('away'));
    }
    const request = { ...registerEndpoint.sample, endpointId: newId() };
    expect(await app.get(RequestClient).request(registerEndpoint, request, newCause())).toMatchObject({ outcome: 'unavailable' });
    for (const replica of replicas) replica.get(Behaviour).beforeReturn = () => Promise.resolve();
    expect(await probe.effects(request.endpointId)).toBe(0);
  });

  it('answers a request after its commit', async () => {
    const request = { ...registerEndpoint.sample, endpointId: newId() };
    const outcome = await app.get(RequestClient).request(registerEndpoint, request, newCause());
    expect(outcome).toEqual({ outcome: 'done', value: { changed: true } });
    expect(await probe.effects(request.endpointId)).toBe(1);
  });
});
