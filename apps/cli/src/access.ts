import { Secret } from '@tillbridge/kernel';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Failure, WrongUsage } from './failure.js';
import type { Surroundings } from './surroundings.js';

/** The operators' API and the token that opens it. */
export type Access = { readonly url: string; readonly token: Secret };

export type AccessOptions = { readonly url?: string; readonly token?: string; readonly sandbox?: string };

const SANDBOX_FOLDER = '.tillbridge';
const ROOT = '/admin/v1';
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * What the options name; else a sandbox that they name; else the environment; else the sandbox of this folder. URL and token come from the same
 * place or from the options: the token of a sandbox is not shown to another host.
 */
export function accessFor(options: AccessOptions, { admin, folder, note }: Surroundings): Access {
  const known =
    options.sandbox === undefined ? (environment(admin) ?? sandboxIn(join(folder, SANDBOX_FOLDER))) : namedSandbox(options.sandbox, folder);
  const url = options.url ?? known?.url ?? admin.url;
  const token = options.token ?? (options.url === undefined ? known?.token : admin.token);
  if (url === undefined) throw new WrongUsage('where is the gateway? --url, TILLBRIDGE_ADMIN_URL or --sandbox says it');
  if (token === undefined) throw new WrongUsage('the admin token is missing: TILLBRIDGE_ADMIN_TOKEN or --token');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new WrongUsage('the URL of the gateway must be http or https');
  const { protocol, hostname } = new URL(url);
  if (protocol === 'http:' && !LOCAL.test(hostname)) note(`warning: the admin token goes to ${hostname} unencrypted; use https\n`);
  return { url: rooted(url), token: new Secret(token) };
}

const environment = ({ url, token }: Surroundings['admin']): AccessOptions | undefined =>
  url === undefined ? undefined : { url, ...(token === undefined ? {} : { token }) };

function namedSandbox(named: string, folder: string): AccessOptions {
  const found = sandboxIn(resolve(folder, named));
  if (found === undefined) throw new Failure(`there is no sandbox in ${named}: start one with npm start`);
  return found;
}

function sandboxIn(folder: string): AccessOptions | undefined {
  const file = join(folder, 'sandbox.json');
  if (!existsSync(file)) return undefined;
  const { admin } = JSON.parse(readFileSync(file, 'utf8')) as { admin: { url: string; token: string } };
  return admin;
}

/** Both the gateway's address and that of the API will do. */
function rooted(url: string): string {
  const base = url.replace(/\/+$/, '');
  return base.endsWith(ROOT) ? base : base + ROOT;
}
