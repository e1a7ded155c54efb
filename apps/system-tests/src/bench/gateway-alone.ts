import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { done, findCaller, initiateTransaction, type Answer, type CallerV1, type TransactionAcceptedV1 } from '@tillbridge/contracts';

/**
 * The gateway with nobody behind it: the built application as it runs, except that what it asks its owners is answered at once in the same
 * process. What it costs is then its own: HTTP, limits, signature, parsing, validation, answer.
 */
const APPS = resolve(import.meta.dirname, '../../..');
const [clientId = '', clientSecret = '', port = '0'] = process.argv.slice(2);

/** Apps are nobody's library, so what is needed of this one is said here. */
type Asking = { request: (definition: unknown) => Promise<Answer<object>>; query: (definition: unknown) => Promise<Answer<object>> };
type Application = { get(token: unknown): Asking; listen(port: number, host: string): Promise<unknown> };
type Loaded = {
  AppModule: { forRoot(config: unknown): unknown };
  prepareEdge: unknown;
  readConfig(): unknown;
  RequestClient: unknown;
  createLog(name: string, level: string): unknown;
  createService(service: object, log: unknown): Promise<Application>;
};

async function load(...files: string[]): Promise<Loaded> {
  const modules = files.map((file) => import(pathToFileURL(join(APPS, file)).href) as Promise<object>);
  return Object.assign({}, ...(await Promise.all(modules))) as Loaded;
}

const loaded = await load(
  'gateway/dist/app.module.js',
  'gateway/dist/config.js',
  'gateway/dist/http/prepare-edge.js',
  '../libs/messaging/dist/index.js',
  '../libs/platform/dist/index.js',
);
const settings = loaded.readConfig();
const app = await loaded.createService(
  { name: 'gateway', module: loaded.AppModule.forRoot(settings), settings, bodyParser: false, prepare: loaded.prepareEdge },
  loaded.createLog('gateway', 'error'),
);

const caller: CallerV1 = {
  ...{ clientId, clientSecrets: [clientSecret], tokenUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a005', merchantId: '10800000003' },
  ...{ currencyCode: '840', channel: 'Terminal', unsignedAllowed: true, merchantStanding: 'active' },
};
const accepted: TransactionAcceptedV1 = {
  transactionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a001',
  transIndexCode: '848981718949036032',
  acceptedAt: '2026-11-01T10:00:00.000Z',
};
const answers = new Map<unknown, Answer<object>>([
  [findCaller, done(caller)],
  [initiateTransaction, done(accepted)],
]);
const answer = (definition: unknown): Promise<Answer<object>> => {
  const found = answers.get(definition);
  return found === undefined ? Promise.reject(new Error('nothing else is measured')) : Promise.resolve(found);
};
Object.assign(app.get(loaded.RequestClient), { request: answer, query: answer });

await app.listen(Number(port), '127.0.0.1');
process.stdin.on('end', () => process.exit(0)).resume();
