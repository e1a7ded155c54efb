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
export function accessFor(options: AccessOptions, around: Surroundings): Access {
  const { url, token } = { ...knownTo(options, around), ...options };
  if (url === undefined) throw new WrongUsage('where is the gateway? --url, TILLBRIDGE_ADMIN_URL or --sandbox says it');
  if (token === undefined) throw new WrongUsage('the admin token is missing: TILLBRIDGE_ADMIN_TOKEN or --token');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new WrongUsage('the URL of the gateway must be http or https');
  const { protocol, hostname } = new URL(url);
  const isOpen = protocol === 'http:' && !LOCAL.test(hostname);
  if (isOpen) around.note(`warning: the admin token goes to ${hostname} unencrypted; use https\n`);
  return { url: rooted(url), token: new Secret(token) };
}

/** What is known besides the options. Of a sandbox that is not named both are taken, or nothing. */
function knownTo(options: AccessOptions, { admin, folder }: Surroundings): AccessOptions {
  if (options.sandbox !== undefined) return namedSandbox(options.sandbox, folder);
  if (options.url !== undefined || admin.url !== undefined) return environment(admin);
  return sandboxIn(join(folder, SANDBOX_FOLDER)) ?? environment(admin);
}

const environment = ({ url, token }: Surroundings['admin']): AccessOptions => ({
  ...(url === undefined ? {} : { url }),
  ...(token === undefined ? {} : { token }),
});

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
