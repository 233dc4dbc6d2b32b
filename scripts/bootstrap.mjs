// The first thing that runs in a fresh clone, on whatever Node the machine has (20 or newer) and with nothing
// installed: it installs what the lock file names, then hands over to the Node that Fairway itself brings.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');

const jobs = {
  start: [['scripts/build.mjs'], ['dist/demo.js']],
  test: [['node_modules/vitest/vitest.mjs', 'run']],
  check: [['scripts/check.mjs']],
  bench: [['scripts/build.mjs'], ['bench/main.ts']],
};

const [job = '', ...rest] = process.argv.slice(2);
const steps = jobs[job];
if (!steps) {
  console.error(`bootstrap: expected one of ${Object.keys(jobs).join(', ')}, found '${job}'`);
  process.exit(64);
}

if (!installed())
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', [
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);

const node = join(modules, 'node', 'bin', 'node');
const env = { ...process.env, PATH: `${join(modules, '.bin')}:${process.env.PATH}` };
steps.forEach((step, index) => {
  const last = index === steps.length - 1;
  run(existsSync(node) ? node : process.execPath, [...step, ...(last ? rest : [])], env);
});

/** npm writes a copy of the lock file when an install is whole; a differing version list means it is stale. */
function installed() {
  const marker = join(modules, '.package-lock.json');
  if (!existsSync(marker)) return false;
  const versions = (file) => {
    const packages = JSON.parse(readFileSync(file, 'utf8')).packages;
    return Object.fromEntries(Object.entries(packages).map(([path, entry]) => [path, entry.version]));
  };
  const have = versions(marker);
  const want = versions(join(root, 'package-lock.json'));
  return (
    Object.entries(have).every(([path, version]) => want[path] === version) &&
    Object.keys(want).every(
      (path) => path === '' || path in have || !path.startsWith('node_modules/') || optional(path),
    )
  );
}

/** Packages for other platforms are in the lock file and rightly absent here. */
function optional(path) {
  const entry = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages[path];
  return entry.optional === true || entry.peer === true || entry.link === true;
}

function run(command, args, env = process.env) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  if (error) {
    console.error(`bootstrap: ${command} could not be started: ${error.message}`);
    process.exit(1);
  }
  if (signal) process.kill(process.pid, signal);
  if (status !== 0) process.exit(status ?? 1);
}
