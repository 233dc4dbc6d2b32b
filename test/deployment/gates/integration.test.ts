import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { IntegrationGate } from '../../../src/app/environment.ts';
import type { GateContext } from '../../../src/deployment/gates/gate.ts';
import { runGate } from '../../../src/deployment/gates/run.ts';
import { alive, until } from '../../traffic/alive.ts';
import { context } from './stand.ts';

const seconds = expect.any(Number);
const green = 'http://127.0.0.1:8081';

const gate = (command: string, timeout = 60): IntegrationGate => ({
  kind: 'integration',
  name: 'api tests',
  command,
  timeout,
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fairway-integration-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const at = (root: string, more: Partial<GateContext> = {}): GateContext => context(green, { root, ...more });

const output = (source: string, exitCode: number | null, lines: readonly string[]) => [
  { kind: 'output', source, exitCode, lines },
];

test('the command runs in the folder of the app and passes with exit code 0', async () => {
  const root = folder();
  writeFileSync(join(root, 'suite.sh'), 'echo fine > ran');
  expect(await runGate(gate('sh suite.sh'), at(root))).toEqual({
    gate: 'api tests',
    kind: 'integration',
    passed: true,
    summary: 'sh suite.sh passed',
    seconds,
    evidence: [],
  });
  expect(readFileSync(join(root, 'ran'), 'utf8')).toBe('fine\n');
});

test('it finds the address of green, the headers that lead there and the environment of the user', async () => {
  const root = folder();
  const target = { url: green, headers: { 'x-fairway-test': 'let-me-in' } };
  const command = 'printf "%s\\n" "$FAIRWAY_TARGET_URL" "$FAIRWAY_TARGET_HEADERS" "$PATH" > seen';
  await runGate(gate(command), at(root, { target }));
  expect(readFileSync(join(root, 'seen'), 'utf8')).toBe(
    `${green}\n{"x-fairway-test":"let-me-in"}\n${process.env['PATH']}\n`,
  );
});

test('a failure is told with its exit code and what it said on both streams', async () => {
  const command = 'echo "2 passed"; echo "1 failed: list" >&2; exit 3';
  expect(await runGate(gate(command), at(folder()))).toEqual({
    gate: 'api tests',
    kind: 'integration',
    passed: false,
    summary: `${command} ended with exit code 3`,
    seconds,
    evidence: output(command, 3, [expect.any(String), expect.any(String)]),
  });
});

test('of a long output the last 40 lines are shown', async () => {
  const outcome = await runGate(gate('seq 1 60000; exit 1'), at(folder()));
  const lines = Array.from({ length: 40 }, (_, index) => String(59_961 + index));
  expect(outcome.evidence).toEqual(output('seq 1 60000; exit 1', 1, lines));
});

test('colours are not part of what was said', async () => {
  const command = String.raw`printf '\033[31mred\033[0m\r\n'; false`;
  expect((await runGate(gate(command), at(folder()))).evidence).toEqual(output(command, 1, ['red']));
});

test('silence is no line', async () => {
  expect((await runGate(gate('exit 1'), at(folder()))).evidence).toEqual(output('exit 1', 1, []));
});

test('a command that does not exist is the shell’s failure, told as any other', async () => {
  const outcome = await runGate(gate('no-such-command-at-all'), at(folder()));
  expect(outcome.summary).toBe('no-such-command-at-all ended with exit code 127');
});

test('a folder that is gone is told', async () => {
  const outcome = await runGate(gate('true'), at('/no/such/folder'));
  expect(outcome).toMatchObject({ passed: false, evidence: output('true', null, []) });
  expect(outcome.summary).toMatch(/^true could not be started: spawn .* ENOENT$/);
});

test('a command that is killed is told by its signal', async () => {
  const outcome = await runGate(gate('kill -KILL $$'), at(folder()));
  expect(outcome).toMatchObject({
    passed: false,
    summary: 'kill -KILL $$ was ended by SIGKILL',
    evidence: output('kill -KILL $$', null, []),
  });
});

test('what does not end in time is ended, with everything it started, and its last words are kept', async () => {
  const root = folder();
  const command = 'sleep 300 & echo $! > child; echo waiting; wait';
  expect(await runGate(gate(command, 5), at(root))).toEqual({
    gate: 'api tests',
    kind: 'integration',
    passed: false,
    summary: `${command} did not end within 5 s`,
    seconds,
    evidence: output(command, null, ['waiting']),
  });
  await gone(root);
});

test('what will not end when told is killed', async () => {
  const command = "trap '' TERM; echo stubborn; while true; do sleep 1; done";
  const outcome = await runGate(gate(command, 0.3), at(folder()));
  expect(outcome.summary).toBe(`${command} did not end within 0.3 s`);
});

test('a command that ends well in its grace has still not ended in time', async () => {
  const command = "trap 'exit 0' TERM; while true; do sleep 0.05; done";
  expect(await runGate(gate(command, 0.3), at(folder()))).toMatchObject({
    passed: false,
    summary: `${command} did not end within 0.3 s`,
  });
});

test('what a command leaves running in the background ends with it and delays nothing', async () => {
  const root = folder();
  const outcome = await runGate(gate('sleep 300 & echo $! > child'), at(root));
  expect(outcome.passed).toBe(true);
  await gone(root);
});

test('a rollback ends it with everything it started', async () => {
  const root = folder();
  const rollback = new AbortController();
  const command = 'sleep 300 & echo $! > child; wait';
  const running = runGate(gate(command), at(root, { signal: rollback.signal }));
  await until(() => existsSync(join(root, 'child')) && readFileSync(join(root, 'child'), 'utf8') !== '');
  rollback.abort();
  expect(await running).toMatchObject({
    passed: false,
    summary: 'stopped before it could decide: the deployment is being rolled back',
    evidence: [],
  });
  await gone(root);
});

test('a rollback that came before starts nothing', async () => {
  const root = folder();
  await runGate(gate('touch ran'), at(root, { signal: AbortSignal.abort() }));
  expect(existsSync(join(root, 'ran'))).toBe(false);
});

/** The process whose id stands in the file `child` has ended. */
async function gone(root: string): Promise<void> {
  const pid = Number(readFileSync(join(root, 'child'), 'utf8'));
  expect(pid).toBeGreaterThan(1);
  await until(() => !alive(pid));
}
