// Compiles one project's src/ into dist/ with SWC. Types are checked by `npm run check`, not here: a build must be fast enough to run before every start.
//   node tools/build.mjs libs/kernel
import { transformFile } from '@swc/core';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';

const project = process.argv[2];
if (project === undefined) throw new Error('usage: node tools/build.mjs <project folder>');
const sourceRoot = join(project, 'src');
const outputRoot = join(project, 'dist');

const isProgram = (name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.endsWith('.spec.ts');

await rm(outputRoot, { recursive: true, force: true });
const entries = await readdir(sourceRoot, { recursive: true, withFileTypes: true });
const sources = entries.filter((entry) => entry.isFile() && isProgram(entry.name)).map((entry) => join(entry.parentPath, entry.name));
await Promise.all(
  sources.map(async (source) => {
    const target = join(outputRoot, relative(sourceRoot, source)).replace(/\.ts$/, '.js');
    const { code, map } = await transformFile(source, { configFile: '.swcrc', sourceFileName: relative(dirname(target), source) });
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, `${code}\n//# sourceMappingURL=${basename(target)}.map\n`);
    if (map !== undefined) await writeFile(`${target}.map`, map);
  }),
);
