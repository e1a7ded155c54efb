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
  terminalOperations: 'terminalOperations',
  subscribeCashierAgentResult: 'subscribeCashierAgentResult',
} as const;

export type Operation = keyof typeof operation;

/** What a path stands for. */
export type Endpoint = { readonly operation: Operation; readonly version: DialectVersion };

/** What the vendor has in one version only (WIRE.md 6): deprecated, or never published, before version 3 came; or new in it. */
const onlyIn: Readonly<Partial<Record<Operation, DialectVersion>>> = {
  generateAccessToken: 'v1',
  subscribeCashierAgentResult: 'v1',
  terminalOperations: 'v3',
};

const roots: Readonly<Record<DialectVersion, string>> = { v1: SEMI_OPEN_V1, v3: SEMI_OPEN_V3 };

const endpointsByPath = new Map<string, Endpoint>(
  Object.values(operation).flatMap((name) => {
    const only = onlyIn[name];
    const versions: readonly DialectVersion[] = only === undefined ? ['v1', 'v3'] : [only];
    return versions.map((version): [string, Endpoint] => [`/${roots[version]}/${name}`, { operation: name, version }]);
  }),
);

/** What is served at this path, with whatever method it is called; undefined for any other path. */
export const endpointAt = (path: string): Endpoint | undefined => endpointsByPath.get(path);

/** All paths that are served. */
export const endpoints = (): [path: string, endpoint: Endpoint][] => [...endpointsByPath];
