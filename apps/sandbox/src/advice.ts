import type { SandboxFile } from './sandbox-file.js';
import { newTradeNo, type SignedRequest, Till } from './till.js';

const NEXT_AMOUNT_MINOR = 2_500;

/** What a shell takes as it is, without quotes. */
const PLAIN_WORD = /^[\w./:@%+,-]+$/;

/** A text as one word of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const wordOf = (text: string): string => (PLAIN_WORD.test(text) ? text : quoted(text));

/** A request as a line for a shell. */
export function curlLine({ url, headers, body }: SignedRequest): string {
  const flags = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  return `curl -s ${url} ${flags.join(' ')} -d ${quoted(body)}`;
}

/**
 * What to try next, ready to be pasted. The signature covers the body, so the lines are made for one new trade number: pasted twice, the
 * purchase is answered as a replay and the card is charged once. `tools/sign.mjs` makes further ones.
 */
export function adviceFor(file: SandboxFile, credentials: ConstructorParameters<typeof Till>[1], dataDir: string, now: Date): string[] {
  const till = new Till(file.gateway, credentials);
  const tradeNo = newTradeNo(now);
  const isUsual = dataDir === '.tillbridge';
  const folder = isUsual ? '' : ` --data-dir ${wordOf(dataDir)}`;
  const sandbox = isUsual ? '' : ` --sandbox ${wordOf(dataDir)}`;
  return [
    'Try next:',
    '',
    '  # another purchase (paste it twice: the second answer is a replay, the card is charged once)',
    `  ${curlLine(till.request('internetTrans', till.purchaseFields(tradeNo, NEXT_AMOUNT_MINOR)))}`,
    '',
    '  # its result',
    `  ${curlLine(till.request('getCashierAgentResult', { tradeNo }))}`,
    '',
    '  # what the host was sent, newest first',
    `  curl -s ${file.host.deliveries}`,
    '',
    '  # a purchase with a trade number of its own each time, while you kill a service',
    `  node tools/sign.mjs internetTrans transAmount=2500${folder} | sh; kill -9 ${file.processes['transactions'] ?? '<pid>'}`,
    '',
    `  # what operators see and do; both APIs are described on ${file.docs}`,
    `  npx tillbridge admin terminals list${sandbox}`,
  ];
}
