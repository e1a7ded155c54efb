import { writeAtomically } from '@tillbridge/launcher';

/**
 * What `sandbox.json` tells programs that want to use the sandbox. Members may be added, none is ever renamed. All URLs are absolute.
 */
export interface SandboxFile {
  /** Base of the tills' API. */
  readonly gateway: string;
  /** The WebSocket address that terminals connect to. */
  readonly terminals: string;
  /** The operators' API and its bearer token. */
  readonly admin: { readonly url: string; readonly token: string };
  /** What the gateway takes and gives, as a page. */
  readonly docs: string;
  readonly developer: { readonly clientId: string; readonly clientSecret: string };
  readonly merchant: { readonly merchantId: string; readonly token: string; readonly currencyCode: string };
  readonly till: { readonly posId: string };
  readonly terminal: { readonly terminalSn: string; readonly terminalId: string; readonly key: string };
  /** Where results are pushed; a GET of `deliveries` lists what arrived, newest first, each `{ headers, body, receivedAt }`. */
  readonly host: { readonly url: string; readonly deliveries: string };
  /** Control of the virtual terminal. */
  readonly simulator: { readonly url: string };
  readonly nats: { readonly url: string };
  /** The superuser's address. */
  readonly postgres: { readonly url: string };
  /** The process number of each app; of one that is just being restarted there is none. */
  readonly processes: Readonly<Record<string, number>>;
}

/** Writes the file so that a reader never sees half of it; only its owner may read it, for it holds secrets. */
export function writeSandboxFile(path: string, content: SandboxFile): void {
  writeAtomically(path, `${JSON.stringify(content, undefined, 2)}\n`);
}
