/** The house rules of CONTRIBUTING.md as a program. `--tighten` lowers scripts/tidy/ratchet.json to the present sizes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { appLayers } from './tidy/app-layers.ts';
import { bannedGlobals } from './tidy/banned-globals.ts';
import { bannedWords, fileNames, workplaceWords } from './tidy/banned-words.ts';
import { fileSize, type Ratchet, tightened } from './tidy/file-size.ts';
import { importCycles } from './tidy/import-cycles.ts';
import { libraryHome } from './tidy/library-homes.ts';
import { exportedSpecifiers, packageDirection } from './tidy/package-direction.ts';
import { type Rule, readSourceFiles } from './tidy/source-file.ts';

const root = join(import.meta.dirname, '..');
const ratchetPath = join(import.meta.dirname, 'tidy/ratchet.json');
const ratchet = JSON.parse(readFileSync(ratchetPath, 'utf8')) as Ratchet;
const files = readSourceFiles(root);

if (process.argv.includes('--tighten')) {
  writeFileSync(ratchetPath, `${JSON.stringify(tightened(files, ratchet), null, 2)}\n`);
} else {
  const rules: Rule[] = [
    packageDirection(exportedSpecifiers(files)),
    appLayers,
    importCycles,
    libraryHome,
    bannedGlobals,
    fileNames,
    bannedWords,
    workplaceWords,
    fileSize(ratchet),
  ];
  const findings = rules.flatMap((rule) => rule(files));
  for (const { path, line, rule, message } of findings) process.stdout.write(`${path}:${line} [${rule}] ${message}\n`);
  process.stdout.write(`${files.length} files, ${findings.length} findings\n`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
