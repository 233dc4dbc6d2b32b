// All static checks, side by side: types, lint, format, arrows between folders, unused code, generated docs.
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

const checks = {
  types: ['tsc', '-p', 'tsconfig.json'],
  example: ['tsc', '-p', 'examples/interaction-management'],
  lint: ['oxlint', '--type-aware', '--deny-warnings'],
  format: ['oxfmt', '--check'],
  arrows: ['depcruise', '--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src'],
  unused: ['knip', '--no-progress'],
};

const results = await Promise.all(
  Object.entries(checks).map(([name, [command, ...args]]) => run(name, command, args)),
);
for (const { name, ok, seconds, output } of results) {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(8)} ${seconds.toFixed(1)} s`);
  if (!ok) console.log(output.trimEnd().replaceAll(/^/gm, '     '));
}
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;

function run(name, command, args) {
  const started = performance.now();
  const child = spawn(`node_modules/.bin/${command}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ name, ok: false, seconds: 0, output: error.message }));
    child.on('close', (code) =>
      resolve({ name, ok: code === 0, seconds: (performance.now() - started) / 1000, output }),
    );
  });
}
