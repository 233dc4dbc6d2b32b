import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSecret } from '../../src/cli/secret-input.ts';
import { eventually } from '../engine/tasks/rig.ts';

/** A pipe that ends, or a terminal at which somebody types. */
function console(isTTY: boolean) {
  const output = new PassThrough();
  let shown = '';
  output.setEncoding('utf8').on('data', (text: string) => (shown += text));
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: () => undefined });
  return { input, output, shown: () => shown };
}

async function piped(bytes: string | Buffer): Promise<string> {
  const { input, output } = console(false);
  input.end(bytes);
  return readSecret('shop#token', undefined, { input, output });
}

describe('a secret that comes through a pipe', () => {
  it.each([
    ['hunter2', 'hunter2'],
    ['hunter2\n', 'hunter2'],
    ['hunter2\r\n', 'hunter2'],
    [' with space ', ' with space '],
    ['-----BEGIN-----\nabc\n-----END-----\n', '-----BEGIN-----\nabc\n-----END-----\n'],
    ['hunter2\n\n', 'hunter2\n\n'],
    ['schön', 'schön'],
    ['x'.repeat(4096), 'x'.repeat(4096)],
  ])('%j is %j', async (bytes, value) => {
    expect(await piped(bytes)).toBe(value);
  });

  it.each([
    ['', 'value-empty'],
    ['\n', 'value-empty'],
    [Buffer.from([0xff, 0xfe, 0x41]), 'value-not-text'],
    ['nul\0byte', 'value-not-text'],
    ['ö'.repeat(2049), 'value-too-long'],
  ])('is refused where it is no value, and not repeated: %j', async (bytes, code) => {
    const error: unknown = await piped(bytes).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'Refusal', problems: [{ code, where: 'standard input' }] });
    if (bytes.length > 1) expect(JSON.stringify(error)).not.toContain(bytes.toString().slice(0, 3));
  });
});

describe('a secret that is typed', () => {
  it('is not shown, and ends with the line', async () => {
    const { input, output, shown } = console(true);
    const reading = readSecret('shop#token', undefined, { input, output });
    await eventually(() => shown().includes('value of shop#token') || null, 'a question');
    input.write('hunder\u007F\u007F\u007Fter2\r');
    expect(await reading).toBe('hunter2');
    expect(shown()).toBe('value of shop#token (it is not shown): \n');
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is none after %s', async (_key, typed) => {
    const { input, output, shown } = console(true);
    const reading = readSecret('shop#token', undefined, { input, output });
    await eventually(() => shown().includes('value of shop#token') || null, 'a question');
    input.write(typed);
    await expect(reading).rejects.toMatchObject({ problems: [{ code: 'value-empty' }] });
  });
});

describe('a secret in a file', () => {
  it('is what the file holds', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fairway-secret-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'token');
    writeFileSync(file, 'hunter2\n');
    const { input, output } = console(true);
    expect(await readSecret('shop#token', file, { input, output })).toBe('hunter2');
    await expect(readSecret('shop#token', `${file}s`, { input, output })).rejects.toMatchObject({
      problems: [{ code: 'file-unreadable', what: `${file}s cannot be read` }],
    });
  });
});
