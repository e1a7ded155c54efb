/** The roots of the two versions of the dialect (WIRE.md 1). They share all state; calls of version 1 carry no signature. */
export const SEMI_OPEN_V1 = 'ovstrade/semiOpen';
export const SEMI_OPEN_V3 = 'ovstrade/semiOpen/v3';

export type DialectVersion = 'v1' | 'v3';

/** The operations that are served, by their names on the wire. */
export const operation = {
  generateAccessToken: 'generateAccessToken',
  registerTerminal: 'registerTerminal',
  queryTerminalList: 'queryTerminalList',
  unbindTerminal: 'unbindTerminal',
  internetTrans: 'internetTrans',
  getCashierAgentResult: 'getCashierAgentResult',
} as const;

export type Operation = keyof typeof operation;

/** What a path stands for. */
export type Endpoint = { readonly operation: Operation; readonly version: DialectVersion };

/** Deprecated by the vendor before version 3 came. */
const ONLY_V1: ReadonlySet<Operation> = new Set<Operation>([operation.generateAccessToken]);

const endpointsByPath = new Map<string, Endpoint>(
  Object.values(operation).flatMap((name) => [
    [`/${SEMI_OPEN_V1}/${name}`, { operation: name, version: 'v1' as const }] as const,
    ...(ONLY_V1.has(name) ? [] : [[`/${SEMI_OPEN_V3}/${name}`, { operation: name, version: 'v3' as const }] as const]),
  ]),
);

/** What is served at this path, with whatever method it is called; undefined for any other path. */
export const endpointAt = (path: string): Endpoint | undefined => endpointsByPath.get(path);

/** All paths that are served. */
export const endpoints = (): [path: string, endpoint: Endpoint][] => [...endpointsByPath];
