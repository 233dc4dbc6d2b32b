import { appendFileSync, copyFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../../src/engine/tasks/log/log.ts';
import { processHarness } from './process-harness.ts';
import type { ProcessHarness } from './process-harness.ts';
import { eventually, exitOf, logText, taskSpec, temporaryFolder } from './rig.ts';

const kept = { fileBytes: 256 * 1024, files: 200 };

describe('the log of a fast writer', () => {
  let harness: ProcessHarness;
  afterEach(async () => harness.close());

  /** Three processes that write numbered lines until a file appears; one of them is in a session of its own. */
  const writer = `
    const { spawn } = require('node:child_process');
    const write = \`
      const fs = require('node:fs');
      const pause = new Int32Array(new SharedArrayBuffer(4));
      const name = process.argv[1];
      let n = 0;
      while (n < 2000 || !fs.existsSync(process.env.HOME + '/enough')) {
        for (let i = 0; i < 50; i += 1, n += 1) fs.writeSync(1, name + ' ' + n + ' ' + 'x'.repeat(n % 90) + '\\\\n');
        Atomics.wait(pause, 0, 0, 1);
      }
      fs.writeSync(1, name + ' total ' + n + '\\\\n');\`;
    let open = 3;
    for (const name of ['a', 'b', 'c']) {
      const child = spawn(process.execPath, ['-e', write, name], { stdio: 'inherit', detached: name === 'c' });
      child.on('exit', () => { if (--open === 0) process.exit(0); });
    }`;

  /** Rotation sets in by itself; the writers are told to end once it has happened often enough. */
  async function endAfterRotations(taskId: string, count: number): Promise<void> {
    await eventually(() => (filesOf(taskId).length > count ? true : null), `${count} rotations`);
    writeFileSync(join(folderOf(taskId), 'scratch', 'enough'), '');
  }

  function expectWhole(lines: readonly string[]): void {
    for (const name of ['a', 'b', 'c']) {
      const own = lines.filter((line) => line.startsWith(name)).map((line) => line.split(' '));
      const total = Number(own.at(-1)?.[2]);
      expect(total).toBeGreaterThan(1000);
      expect(own.slice(0, -1).every(([, number], index) => Number(number) === index)).toBe(true);
      expect(own.length - 1, `lines of ${name}`).toBe(total);
    }
  }

  it('is rotated without losing or repeating a line', async () => {
    harness = await processHarness({ log: kept });
    const spec = taskSpec(harness.image, { command: [process.execPath, '-e', writer] });
    const exit = exitOf(harness.runtime, spec.taskId);
    await harness.runtime.start(spec);
    await endAfterRotations(spec.taskId, 4);
    expect(await exit).toMatchObject({ exitCode: 0 });
    expectWhole(await logText(harness.runtime, spec.taskId));
  });

  it('can be followed by a cursor across rotations', async () => {
    harness = await processHarness({ log: kept });
    const spec = taskSpec(harness.image, { command: [process.execPath, '-e', writer] });
    let ended = false;
    harness.runtime.onExit(() => {
      ended = true;
    });
    await harness.runtime.start(spec);
    const enough = endAfterRotations(spec.taskId, 3);
    const lines: string[] = [];
    let from = '0';
    await eventually(async () => {
      const last = ended;
      for (let more = true; more;) {
        const page = await harness.runtime.readLog(spec.taskId, { from, limit: 5000 });
        lines.push(...page.lines.map(({ text }) => text));
        more = page.next !== from;
        from = page.next;
      }
      return last ? true : null;
    }, 'the end of the task');
    await enough;
    expectWhole(lines);
  });

  it('takes a bounded space, the newest lines kept', async () => {
    const limits = { fileBytes: 256 * 1024, files: 3 };
    harness = await processHarness({ log: limits });
    const spec = taskSpec(harness.image, { command: [process.execPath, '-e', writer] });
    const exit = exitOf(harness.runtime, spec.taskId);
    await harness.runtime.start(spec);
    // The oldest file was the first one: it is gone once there is no rotated part that begins at 0.
    await eventually(
      () => (filesOf(spec.taskId).length > 1 && !filesOf(spec.taskId).includes('log.0') ? true : null),
      'rotation beyond what is kept',
    );
    writeFileSync(join(folderOf(spec.taskId), 'scratch', 'enough'), '');
    await exit;
    const rotated = filesOf(spec.taskId).filter((name) => name !== 'log');
    const sizes = rotated.map((name) => statSync(join(folderOf(spec.taskId), name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(limits.fileBytes * 4);
    const { lines } = await harness.runtime.readLog(spec.taskId, { limit: 1, tail: true });
    expect(lines[0]?.text).toMatch(/^[abc] total /);
  });

  function folderOf(taskId: string): string {
    return join(harness.folder, 'engine', 'tasks', taskId);
  }

  function filesOf(taskId: string): string[] {
    return readdirSync(folderOf(taskId)).filter((name) => /^log(\.\d+)?$/.test(name));
  }
});

describe('a log', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let file: string;
  let now = 1_000_000;
  const clock = () => now;
  const pause = { stop: async () => true, resume: () => {} };
  const limits = { fileBytes: 100, files: 3 };

  beforeEach(() => {
    folder = temporaryFolder();
    file = join(folder.path, 'log');
    now = 1_000_000;
    writeFileSync(file, '');
  });
  afterEach(() => folder.remove());

  const texts = (log: ReturnType<typeof openLog>, from = '0') =>
    log.read({ from, limit: 1000 }).lines.map(({ text }) => text);

  it('cuts a line that is longer than 256 KiB, and goes on behind it', () => {
    writeFileSync(file, `${'é'.repeat(300_000)}\nnext\n`);
    const [long = '', next] = texts(openLog(file, clock, limits));
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(256 * 1024);
    expect(long).toMatch(/^é{100000,}… \[cut\]$/);
    expect(next).toBe('next');
  });

  it('gives the lines the time at which they were first seen, and the same time later', () => {
    const log = openLog(file, clock, limits);
    appendFileSync(file, 'early\n');
    log.sweep(pause);
    now += 5000;
    appendFileSync(file, 'late\nlate too\n');
    const lines = [
      { at: 1_000_000, text: 'early' },
      { at: 1_005_000, text: 'late' },
      { at: 1_005_000, text: 'late too' },
    ];
    expect(log.read({ limit: 10 }).lines).toEqual(lines);
    now += 5000;
    expect(openLog(file, clock, limits).read({ limit: 10 }).lines).toEqual(lines);
  });

  it('gives a line that is written while it is read one time only', () => {
    // The clock is asked when what is new has been measured, and before it is read.
    let meanwhile = '';
    const askedAmid = () => {
      appendFileSync(file, meanwhile);
      meanwhile = '';
      return now;
    };
    const log = openLog(file, askedAmid, limits);
    appendFileSync(file, 'before\n');
    meanwhile = 'meanwhile\n';
    const told = log.read({ limit: 10 });
    expect(told.lines).toEqual([{ at: 1_000_000, text: 'before' }]);
    now += 5000;
    const both = [...told.lines, { at: 1_005_000, text: 'meanwhile' }];
    expect(log.read({ limit: 10, tail: true }).lines).toEqual(both);
    expect(log.read({ limit: 10, from: told.next }).lines).toEqual(both.slice(1));
    now += 5000;
    expect(log.read({ limit: 10 }).lines).toEqual(both);
  });

  it('gives every line its own time over hours of writing', () => {
    const log = openLog(file, clock, { ...limits, fileBytes: 10_000_000 });
    const hours = Array.from({ length: 3 * 3600 }, (_, second) => {
      appendFileSync(file, `${second}\n`);
      now += 1000;
      log.sweep(pause);
      return { at: now, text: String(second) };
    });
    expect(log.read({ limit: 20_000 }).lines).toEqual(hours);
  });

  it('shows an unfinished line only when nobody will finish it', () => {
    const log = openLog(file, clock, limits);
    appendFileSync(file, 'whole\nhalf');
    expect(texts(log)).toEqual(['whole']);
    expect(log.read({ limit: 1, tail: true }).lines.map(({ text }) => text)).toEqual(['whole']);
    log.complete();
    expect(texts(log)).toEqual(['whole', 'half']);
    expect(log.read({ limit: 1, tail: true }).lines.map(({ text }) => text)).toEqual(['half']);
  });

  it('reads a line that lies in two files, and skips what is no longer kept', async () => {
    const log = openLog(file, clock, limits);
    const written: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const line = `${round} ${'.'.repeat(120)}`;
      written.push(line);
      // Half of it is rotated away before the other half is written.
      appendFileSync(file, line.slice(0, 110));
      const before = readdirSync(folder.path).toSorted().join();
      log.sweep(pause);
      await eventually(
        () =>
          readdirSync(folder.path).toSorted().join() !== before && statSync(file).size === 0 ? true : null,
        'a rotation',
      );
      await eventually(() => (log.isRotating() ? null : true), 'the end of the rotation');
      appendFileSync(file, `${line.slice(110)}\n`);
    }
    const kept = texts(log);
    expect(kept.at(-1)).toBe(written.at(-1));
    expect(kept.length).toBeLessThan(6);
    expect(written).toEqual(expect.arrayContaining(kept.slice(1)));
  });

  it('is whole after an engine died amid a rotation, wherever', () => {
    const text = 'one\ntwo\nthree\n';
    // Before the copy was complete.
    writeFileSync(file, text);
    writeFileSync(`${file}.part`, 'one\nt');
    reopened(['one', 'two', 'three']);
    // Copied, but the original not emptied.
    writeFileSync(file, text);
    copyFileSync(file, `${file}.full`);
    reopened(['one', 'two', 'three']);
    // Emptied, but the copy not named: behind the rotated part of the step before.
    writeFileSync(file, 'four\n');
    copyFileSync(file, `${file}.full`);
    truncateSync(file, 0);
    reopened(['one', 'two', 'three', 'four']);
    expect(readdirSync(folder.path).filter((name) => /\.(part|full)$/.test(name))).toEqual([]);
  });

  function reopened(expected: readonly string[]): void {
    const log = openLog(file, clock, limits);
    log.finishRotation();
    expect(texts(log)).toEqual(expected);
  }
});
