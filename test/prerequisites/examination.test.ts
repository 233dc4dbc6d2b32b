import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { checkDescription } from '../../src/app/check.ts';
import { doctorLines } from '../../src/cli/commands/doctor.ts';
import { examine } from '../../src/prerequisites/examination.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairway-tools-'));
  vi.stubEnv('PATH', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test('what is there, too old, missing, silent or broken is told apart', async () => {
  await program('git', 'echo git version 2.39.5');
  await program('jq', 'echo jq-1.6');
  await program('terraform', 'exit 1');
  await program('tofu', 'echo OpenTofu v1.10.6');
  await program('python', 'echo Python 3.11.2 >&2');
  await program('eas', 'echo hello');
  const found = await examine(
    appWith({ git: '2.40.0', jq: '*', terraform: '1.5.4', python: '3.11', eas: '16', k6: '*' }),
  );
  expect(found.map(({ tool, version, state }) => [tool, version, state])).toEqual([
    ['python', '3.11.2', 'fine'],
    ['terraform', '1.10.6', 'fine'],
    ['git', '2.39.5', 'old'],
    ['jq', '1.6', 'fine'],
    ['k6', null, 'missing'],
    ['eas', null, 'silent'],
  ]);
  expect(doctorLines('shop', found).join('\n')).toMatchInlineSnapshot(`
    "✗ shop: 3 of 6 tools are not as wanted
      ✓ python          3.11.2 (3.11 or newer)
      ✓ terraform       1.10.6 (1.5.4 or newer)
      ✗ git             2.39.5 (2.40.0 or newer)
        install 2.40.0 or newer: https://git-scm.com/downloads
      ✓ jq              1.6
      ✗ k6              not found
        install it: https://grafana.com/docs/k6/latest/set-up/install-k6/
      ✗ eas             says no version (16 or newer)
        see that it is 16 or newer: https://docs.expo.dev/eas/"
  `);
});

test('an app that names none needs none', async () => {
  expect(doctorLines('shop', await examine(appWith({})))).toEqual(['✓ shop names no tools that people need']);
});

async function program(name: string, script: string): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

function appWith(tools: Record<string, string>) {
  const result = checkDescription(
    {
      name: 'shop',
      services: { job: { kind: 'worker', command: 'node job.js', build: { dockerfile: 'Dockerfile' } } },
      tools,
    },
    '/app',
  );
  if (!result.ok) throw new Error(result.problems.map(({ what }) => what).join('\n'));
  return result.app;
}
