import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Refusal } from '../refusal.ts';

/** As much as Parameter Store takes without an extra charge: bytes of a value. */
const most = 4096;

/** What is typed is read from `input`, and asked for on `output`. */
export interface Console {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/**
 * The value of a secret: from a file, from a pipe, or typed without being shown. The line end after a single line is
 * not part of it; what has several lines is taken as it is. Everything that is no value is refused without repeating it.
 */
export async function readSecret(name: string, file: string | undefined, console: Console): Promise<string> {
  if (file !== undefined) return valueIn(await fileContent(file), file);
  if (console.input.isTTY === true) return valueIn(Buffer.from(await typed(name, console)), 'what was typed');
  const chunks: Buffer[] = [];
  for await (const chunk of console.input) chunks.push(Buffer.from(chunk));
  return valueIn(Buffer.concat(chunks), 'standard input');
}

async function fileContent(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new Refusal(
      {
        code: 'file-unreadable',
        what: `${file} cannot be read`,
        where: '--from-file',
        why: error instanceof Error ? error.message : String(error),
        next: 'name a file that holds the value and nothing else',
      },
      { cause: error },
    );
  }
}

/** Ctrl-C and Ctrl-D leave without a value. */
async function typed(name: string, { input, output }: Console): Promise<string> {
  output.write(`value of ${name} (it is not shown): `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input, output: silent, terminal: true, historySize: 0 });
  try {
    return await new Promise<string>((resolve) => {
      reader.once('line', resolve);
      reader.once('SIGINT', () => resolve(''));
      reader.once('close', () => resolve(''));
    });
  } finally {
    reader.close();
    output.write('\n');
  }
}

function valueIn(bytes: Buffer, where: string): string {
  const text = textIn(bytes);
  if (text === null)
    throw unusable(where, 'value-not-text', 'is no text', 'a task gets it as a variable of its environment');
  const value = text.replace(/^([^\r\n]*)\r?\n$/, '$1');
  if (value === '')
    throw unusable(where, 'value-empty', 'is empty', 'a variable without a value helps no service');
  const size = Buffer.byteLength(value);
  if (size > most)
    throw unusable(
      where,
      'value-too-long',
      `has ${size} bytes`,
      `Parameter Store, where it is kept, takes ${most}`,
    );
  return value;
}

function textIn(bytes: Buffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

function unusable(where: string, code: string, what: string, why: string): Refusal {
  return new Refusal({
    code,
    what: `the value ${what}`,
    where,
    why,
    next: 'give the value as text: through a pipe, in a terminal, or with `--from-file <file>`',
  });
}
