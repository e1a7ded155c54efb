/** Variables that belong to the process that starts others, not to those it starts: settings of Tillbridge, npm, Jest and libpq. */
const NOT_INHERITED = /^(TILLBRIDGE_|npm_|JEST_|PG|NODE_OPTIONS$|NODE_ENV$|NODE_COMPILE_CACHE$)/i;

/**
 * The environment of this process without what would leak settings into a child: a service must see exactly the settings it was given,
 * and unknown `TILLBRIDGE_*` variables are errors to it.
 */
export function inheritedEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !NOT_INHERITED.test(entry[0]),
  );
  return Object.fromEntries(kept);
}

/** The folders that a shell searches for a program, in order. */
export function executableFolders(): string[] {
  const separator = process.platform === 'win32' ? ';' : ':';
  return (process.env['PATH'] ?? '').split(separator).filter((folder) => folder !== '');
}
