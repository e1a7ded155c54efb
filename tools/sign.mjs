// Prints a signed request to the running sandbox as a curl line, with a new trade number each time:
//   node tools/sign.mjs internetTrans transAmount=2500 | sh
//   node tools/sign.mjs getCashierAgentResult tradeNo=20261123070000123456 | sh
// Members of the body are given as name=value and come on top of the usual ones; amounts are sent as numbers. --data-dir DIR names
// another sandbox than .tillbridge. How the signature is made: docs/WIRE.md; here in the shortest form that any till could use.
import { createHmac, randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const args = process.argv.slice(2);
const folderFlag = args.indexOf('--data-dir');
const [, dataDir = '.tillbridge'] = folderFlag < 0 ? [] : args.splice(folderFlag, 2);
const [operation, ...members] = args;
if (operation === undefined || members.some((member) => !member.includes('='))) {
  process.stderr.write('usage: node tools/sign.mjs <operation> [member=value …] [--data-dir DIR]\n');
  process.exit(2);
}

const sandboxFile = join(dataDir, 'sandbox.json');
if (!existsSync(sandboxFile)) {
  process.stderr.write(`There is no ${sandboxFile}: start the sandbox with npm start, or name its folder with --data-dir.\n`);
  process.exit(1);
}
const { gateway, developer, merchant, till, terminal } = JSON.parse(readFileSync(sandboxFile, 'utf8'));
const tradeNo = new Date().toISOString().slice(0, 19).replace(/\D/g, '') + String(randomInt(1_000_000)).padStart(6, '0');
const usual = {
  registerTerminal: { posId: till.posId, terminalId: terminal.terminalId, terminalSn: terminal.terminalSn },
  internetTrans: { posId: till.posId, tradeNo, transType: 'Purchase', transAmount: 1000, currencyCode: merchant.currencyCode },
};
const given = members.map((member) => {
  const [name, ...rest] = member.split('=');
  const value = rest.join('=');
  // Trade numbers and codes are texts, however much they look like numbers.
  return [name, /Amount$|^operationType$|^wait$/.test(name) ? Number(value) : value];
});
const fields = { clientId: developer.clientId, merchantId: merchant.merchantId, ...usual[operation], ...Object.fromEntries(given) };
const body = JSON.stringify(fields);
const sign = createHmac('sha256', developer.clientSecret)
  .update(`${body}&clientId=${developer.clientId}&clientSecret=${developer.clientSecret}`)
  .digest('hex');
const headers = [`content-type: application/json`, `jwt-token: ${merchant.token}`, `sign: ${sign}`].map((header) => `-H '${header}'`);
process.stdout.write(
  `curl -s ${gateway}/ovstrade/semiOpen/v3/${operation} ${headers.join(' ')} -d '${body.replaceAll("'", String.raw`'\''`)}'\n`,
);
