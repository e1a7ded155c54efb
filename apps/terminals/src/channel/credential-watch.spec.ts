import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { done, refused, type AuthenticatedTerminalV1, type CredentialsChangedV1, type Reply } from '@tillbridge/contracts';
import type { FactListener, RequestClient } from '@tillbridge/messaging';
import { createLog } from '@tillbridge/platform';
import { eventually } from '@tillbridge/testkit';
import { CredentialWatch, type Credentials } from './credential-watch.js';
import type { TerminalSession } from './session.js';

const held: Credentials = { terminalSn: 'SN', keyHash: 'a'.repeat(64), terminalUid: 't1', clientId: 'c', merchantId: 'm' };
const known = done({ terminalUid: 't1', clientId: 'c', merchantId: 'm' });
const SOON_MS = 5_000;

let tell: (change: CredentialsChangedV1) => void;
let answers: (() => Promise<Reply<AuthenticatedTerminalV1>>)[];
let asked: number;
let watch: CredentialWatch;

function someSession(): { session: TerminalSession; closed: number[] } {
  const closed: number[] = [];
  const session = { isClosed: () => closed.length > 0, close: (code: number) => void closed.push(code) };
  return { session: session as unknown as TerminalSession, closed };
}

beforeEach(() => {
  asked = 0;
  answers = [];
  const listen = (_fact: unknown, onFact: typeof tell): void => void (tell = onFact);
  const query = (): Promise<Reply<AuthenticatedTerminalV1>> => {
    asked += 1;
    return (answers.shift() ?? (() => Promise.resolve(known)))();
  };
  watch = new CredentialWatch(
    { listen } as unknown as FactListener,
    { query } as unknown as RequestClient,
    createLog('terminals', 'silent'),
  );
  watch.onApplicationBootstrap();
});
afterEach(() => watch.onModuleDestroy());

describe('a change of credentials', () => {
  it('that comes while the owner answers a hello is not missed: that answer may be older', async () => {
    const { session, closed } = someSession();
    const heardBefore = watch.heard;
    tell({ clientId: 'c', terminalUid: 't1', version: 2 });
    answers = [() => Promise.resolve(refused('terminal-unknown'))];
    watch.watch(session, held, heardBefore);
    await eventually(() => expect(closed).toEqual([4003]), SOON_MS);
  });

  it('that comes while the owner answers the look at the one before is looked at too', async () => {
    const { session, closed } = someSession();
    watch.watch(session, held, watch.heard);
    const change = { clientId: 'c', version: 2 };
    const first = Promise.withResolvers<Reply<AuthenticatedTerminalV1>>();
    answers = [() => first.promise, () => Promise.resolve(refused('terminal-unknown'))];
    tell(change);
    await eventually(() => expect(asked).toBe(1), SOON_MS);
    tell(change);
    first.resolve(known);
    await eventually(() => expect(closed).toEqual([4003]), SOON_MS);
  });

  it('asks nobody about a channel that is gone, or when nothing changed', async () => {
    const [gone, quiet] = [someSession(), someSession()];
    watch.watch(gone.session, held, watch.heard);
    watch.forget(gone.session);
    watch.watch(quiet.session, { ...held, clientId: 'another' }, watch.heard);
    tell({ clientId: 'c', version: 2 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).toBe(0);
  });

  it('closes a channel whose key belongs to another terminal by now', async () => {
    const { session, closed } = someSession();
    watch.watch(session, held, watch.heard);
    answers = [() => Promise.resolve(done({ terminalUid: 't2', clientId: 'c', merchantId: 'm' }))];
    tell({ clientId: 'c', version: 2 });
    await eventually(() => expect(closed).toEqual([4003]), SOON_MS);
  });
});
