export const SEMI_OPEN_V3 = 'ovstrade/semiOpen/v3';

/** The operations of version 3 that are served. */
export const operation = {
  registerTerminal: 'registerTerminal',
  queryTerminalList: 'queryTerminalList',
  internetTrans: 'internetTrans',
  getCashierAgentResult: 'getCashierAgentResult',
} as const;

export type Operation = keyof typeof operation;

const operationsByPath = new Map(Object.values(operation).map((name) => [`/${SEMI_OPEN_V3}/${name}`, name]));

/** The operation that is served at this path, with whatever method it is called; undefined for any other path. */
export const operationAt = (path: string): Operation | undefined => operationsByPath.get(path);
