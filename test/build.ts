import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { programs } from './programs.ts';

const root = join(import.meta.dirname, '..');
/** What a build is made of. */
const sources = ['src', 'demo', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.types.json'];

/** Before the first test: builds what tests run, unless it is newer than all that it is made of. */
export default function build(): void {
  if (Math.min(...Object.values(programs).map(changedAt)) > Math.max(...sources.map(newestIn))) return;
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, stdio: 'inherit' });
}

function newestIn(source: string): number {
  const path = join(root, source);
  const below = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : [];
  return Math.max(changedAt(path), ...below.map((name) => changedAt(join(path, name))));
}

/** Milliseconds; 0 for what is not there. */
function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
