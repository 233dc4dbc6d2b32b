import { styleText } from 'node:util';
import type { Line } from './lines.ts';

/** Where lines go. A terminal gets colour and one live line at its foot; a pipe or CI gets the same as plain lines. */
export interface Terminal {
  line(line: Line): void;
  text(text: string): void;
  /** Replaced by the next, taken away by an empty one. A pipe sees it as a line when it has been silent for a while. */
  live(text: string): void;
  end(): void;
}

/** Plain has the terminal's own colour: white cannot be read on white. */
const tones = { plain: 'reset', good: 'green', bad: 'red', dim: 'gray' } as const;

/** Milliseconds after which a pipe is told what is waited for: a silent job looks like one that hangs. */
const silence = 9_000;

export function openTerminal(stream: NodeJS.WriteStream, clock: () => number): Terminal {
  const startedAt = clock();
  const colours = stream.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  let foot = '';
  let awaited = '';
  let quiet: NodeJS.Timeout | undefined;
  listen();
  return { line, text, live, end };

  function line({ topic, text: words, tone }: Line): void {
    const at = ((clock() - startedAt) / 1000).toFixed(1).padStart(6);
    const plain = `${at} s  ${topic.padEnd(9)} ${words}`;
    // Whether to colour is decided here, by this stream, and not by what standard output is.
    text(colours ? styleText(tones[tone], plain, { validateStream: false }) : plain);
  }

  function text(words: string): void {
    const kept = foot;
    clearFoot();
    stream.write(`${words}\n`);
    if (kept !== '') live(kept);
    listen();
  }

  function live(words: string): void {
    awaited = words.trim();
    if (!stream.isTTY) return;
    clearFoot();
    // A terminal that was never told its size says 0.
    foot = words.slice(0, (stream.columns > 0 ? stream.columns : 80) - 1);
    stream.write(foot);
  }

  function end(): void {
    clearTimeout(quiet);
    clearFoot();
  }

  /** Breaks the silence of a pipe, again and again, until there is nothing more to wait for. */
  function listen(): void {
    clearTimeout(quiet);
    if (stream.isTTY) return;
    quiet = setTimeout(() => {
      if (awaited === '') listen();
      else line({ topic: 'wait', text: awaited, tone: 'dim' });
    }, silence).unref();
  }

  function clearFoot(): void {
    if (foot === '') return;
    stream.write(colours ? '\r\u001B[2K' : `\r${' '.repeat(foot.length)}\r`);
    foot = '';
  }
}
