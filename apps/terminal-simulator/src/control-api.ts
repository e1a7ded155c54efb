import Fastify, { type FastifyInstance, type FastifyReply, type FastifyServerOptions, LogController } from 'fastify';
import { type Behaviour, behaviourSchema, problemOf } from './behaviour.js';
import { type Fleet, MAX_TERMINALS } from './fleet.js';
import { pair, type Paired } from './pairing.js';
import { DEFAULT_THINK_MS, MAX_DELAY_MS, MAX_SCRIPT_LENGTH } from './plan.js';
import { planOf, type ScriptEntry, scriptSchema } from './script.js';
import type { VirtualTerminal } from './virtual-terminal.js';

type PutTerminal = { terminalSn: string; thinkTimeMs?: number; strict?: boolean } & (
  { key: string } | { pairingCode: string; pairingUrl: string }
);
type NamedTerminal = { sn: string };

const putTerminalSchema = {
  type: 'object',
  required: ['terminalSn'],
  additionalProperties: false,
  // One of the two, and not both.
  if: { required: ['pairingCode'] },
  then: { required: ['pairingUrl'], properties: { key: false } },
  else: { required: ['key'], properties: { pairingUrl: false } },
  properties: {
    terminalSn: { type: 'string', minLength: 1, maxLength: 64 },
    key: { type: 'string', minLength: 1, maxLength: 256 },
    pairingCode: { type: 'string', minLength: 1, maxLength: 32 },
    pairingUrl: { type: 'string', pattern: '^https?://', maxLength: 2048 },
    thinkTimeMs: { type: 'integer', minimum: 0, maximum: MAX_DELAY_MS },
    strict: { type: 'boolean' },
  },
} as const;

const silenceSchema = {
  type: 'object',
  required: ['on'],
  additionalProperties: false,
  properties: { on: { type: 'boolean' } },
} as const;

/**
 * The remote control of the simulator, for the sandbox and for tests; not for the open network. docs/SIMULATOR.md shows each call.
 *
 * * `POST /terminals` `{ terminalSn, key, thinkTimeMs?, strict? }`: starts a terminal, or changes its settings; idempotent. Answers its status
 * * `POST /terminals` `{ terminalSn, pairingCode, pairingUrl, … }`: the same, with the key that it gets for the code; works once, as the code does
 * * `GET /terminals`: the status of each: `{ terminalSn, connected, busy, unacknowledged }`
 * * `DELETE /terminals/:sn`: switches it off for good
 * * `GET /terminals/:sn/ledger`: `{ entries }`, what its card was really charged
 * * `POST /terminals/:sn/script`: what the next transactions do, one entry each, behind those laid down before; `DELETE` clears
 * * `POST /terminals/:sn/power-cycle`, `POST /power-cycle`: off and on again, one or all
 * * `POST /terminals/:sn/silence` `{ on }`
 * * `POST /behaviour`, `DELETE /behaviour`: chance for all terminals, by a seed
 * * `GET /health/live`
 *
 * Bad input gets a 400 whose `message` names the member; a terminal that is not there a 404; a full fleet or script a 409; a code that was not
 * taken a 422.
 */
export function createControlApi(fleet: Fleet, logger: FastifyServerOptions['logger']): FastifyInstance {
  const app = Fastify({
    ...(logger === undefined ? {} : { logger }),
    // Tests and the sandbox poll; a line per request would bury the rest.
    logController: new LogController({ disableRequestLogging: true }),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } },
  });
  addTerminals(app, fleet);
  addOneTerminal(app, fleet);
  addWholeFleet(app, fleet);
  app.get('/health/live', () => ({ status: 'ok' }));
  return app;
}

function addTerminals(app: FastifyInstance, fleet: Fleet): void {
  app.post<{ Body: PutTerminal }>('/terminals', { schema: { body: putTerminalSchema } }, async (request, reply) => {
    const { body } = request;
    const { terminalSn, thinkTimeMs = DEFAULT_THINK_MS, strict = false } = body;
    const paired: Paired = 'key' in body ? { ok: true, key: body.key } : await pair(body.pairingUrl, body.pairingCode, terminalSn);
    if (!paired.ok) return reply.code(422).send({ message: `pairing failed: ${paired.reason}` });
    const terminal = fleet.put(terminalSn, { key: paired.key, thinkTimeMs, strict });
    if (terminal === undefined) return reply.code(409).send({ message: `there are ${MAX_TERMINALS} terminals already` });
    return terminal.status();
  });

  app.get('/terminals', () => fleet.all().map((terminal) => terminal.status()));

  app.delete<{ Params: NamedTerminal }>('/terminals/:sn', async (request, reply) => {
    if (!(await fleet.remove(request.params.sn))) return notThere(reply, request.params.sn);
    return reply.code(204).send();
  });
}

function addOneTerminal(app: FastifyInstance, fleet: Fleet): void {
  const withTerminal = (sn: string, reply: FastifyReply, act: (terminal: VirtualTerminal) => unknown): unknown => {
    const terminal = fleet.find(sn);
    return terminal === undefined ? notThere(reply, sn) : act(terminal);
  };

  app.get<{ Params: NamedTerminal }>('/terminals/:sn/ledger', (request, reply) =>
    withTerminal(request.params.sn, reply, (terminal) => ({ entries: terminal.ledgerEntries() })),
  );

  app.post<{ Params: NamedTerminal; Body: readonly ScriptEntry[] }>(
    '/terminals/:sn/script',
    { schema: { body: scriptSchema } },
    (request, reply) =>
      withTerminal(request.params.sn, reply, (terminal) => {
        const waiting = terminal.addToScript(request.body.map(planOf));
        if (waiting === undefined) return reply.code(409).send({ message: `a script has at most ${MAX_SCRIPT_LENGTH} transactions` });
        return { waiting };
      }),
  );

  app.delete<{ Params: NamedTerminal }>('/terminals/:sn/script', (request, reply) =>
    withTerminal(request.params.sn, reply, (terminal) => {
      terminal.clearScript();
      return reply.code(204).send();
    }),
  );

  app.post<{ Params: NamedTerminal }>('/terminals/:sn/power-cycle', (request, reply) =>
    withTerminal(request.params.sn, reply, (terminal) => {
      terminal.powerCycle();
      return terminal.status();
    }),
  );

  app.post<{ Params: NamedTerminal; Body: { on: boolean } }>(
    '/terminals/:sn/silence',
    { schema: { body: silenceSchema } },
    (request, reply) =>
      withTerminal(request.params.sn, reply, (terminal) => {
        terminal.silence(request.body.on);
        return terminal.status();
      }),
  );
}

function addWholeFleet(app: FastifyInstance, fleet: Fleet): void {
  app.post<{ Body: Behaviour }>('/behaviour', { schema: { body: behaviourSchema } }, (request, reply) => {
    const problem = problemOf(request.body);
    if (problem !== undefined) return reply.code(400).send({ message: problem });
    fleet.behave(request.body);
    return request.body;
  });

  app.delete('/behaviour', (_request, reply) => {
    fleet.behave(undefined);
    return reply.code(204).send();
  });

  app.post('/power-cycle', () => {
    const terminals = fleet.all();
    for (const terminal of terminals) terminal.powerCycle();
    return { terminals: terminals.length };
  });
}

const notThere = (reply: FastifyReply, sn: string): FastifyReply => reply.code(404).send({ message: `no terminal ${sn}` });
