import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import { type Fleet, MAX_TERMINALS } from './fleet.js';
import { pair, type Paired } from './pairing.js';

type PutTerminal = { terminalSn: string; thinkTimeMs?: number } & ({ key: string } | { pairingCode: string; pairingUrl: string });
type NamedTerminal = { sn: string };

const DEFAULT_THINK_TIME_MS = 1500;
const MAX_THINK_TIME_MS = 600_000;

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
    thinkTimeMs: { type: 'integer', minimum: 0, maximum: MAX_THINK_TIME_MS },
  },
} as const;

/**
 * The remote control of the simulator, for the sandbox and for tests; not for the open network.
 *
 * * `POST /terminals` `{ terminalSn, key, thinkTimeMs? }`: starts a terminal, or changes its settings; idempotent. Answers its status
 * * `POST /terminals` `{ terminalSn, pairingCode, pairingUrl, thinkTimeMs? }`: the same, with the key that it gets for the code; works once, as the code does
 * * `GET /terminals`: the status of each: `{ terminalSn, connected, busy, unacknowledged }`
 * * `GET /terminals/:sn/ledger`: `{ entries }`, what its card was really charged
 * * `DELETE /terminals/:sn`: switches it off for good
 * * `GET /health/live`
 *
 * Bad input gets a 400 whose `message` names the member; a terminal that is not there a 404; a full fleet a 409; a code that was not taken a 422.
 */
export function createControlApi(fleet: Fleet, logger: FastifyServerOptions['logger']): FastifyInstance {
  const app = Fastify({
    ...(logger === undefined ? {} : { logger }),
    // Tests and the sandbox poll; a line per request would bury the rest.
    logController: new LogController({ disableRequestLogging: true }),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } },
  });

  app.post<{ Body: PutTerminal }>('/terminals', { schema: { body: putTerminalSchema } }, async (request, reply) => {
    const { body } = request;
    const { terminalSn, thinkTimeMs = DEFAULT_THINK_TIME_MS } = body;
    const paired: Paired = 'key' in body ? { ok: true, key: body.key } : await pair(body.pairingUrl, body.pairingCode, terminalSn);
    if (!paired.ok) return reply.code(422).send({ message: `pairing failed: ${paired.reason}` });
    const terminal = fleet.put(terminalSn, { key: paired.key, thinkTimeMs });
    if (terminal === undefined) return reply.code(409).send({ message: `there are ${MAX_TERMINALS} terminals already` });
    return terminal.status();
  });

  app.get('/terminals', () => fleet.all().map((terminal) => terminal.status()));

  app.get<{ Params: NamedTerminal }>('/terminals/:sn/ledger', async (request, reply) => {
    const terminal = fleet.find(request.params.sn);
    if (terminal === undefined) return reply.code(404).send({ message: `no terminal ${request.params.sn}` });
    return { entries: terminal.ledgerEntries() };
  });

  app.delete<{ Params: NamedTerminal }>('/terminals/:sn', async (request, reply) => {
    if (!(await fleet.remove(request.params.sn))) return reply.code(404).send({ message: `no terminal ${request.params.sn}` });
    return reply.code(204).send();
  });

  app.get('/health/live', () => ({ status: 'ok' }));

  return app;
}
