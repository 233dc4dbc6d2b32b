import { styleText } from 'node:util';
import type { Line } from './lines.ts';

/** Where lines go. A terminal gets colour and one live line at its foot; a pipe or CI gets the same as plain lines. */
export interface Terminal {
  line(line: Line): void;
  text(text: string): void;
  /** Replaced by the next; a pipe never sees it. */
  live(text: string): void;
  end(): void;
}

/** Plain has the terminal's own colour: white cannot be read on white. */
const tones = { plain: 'reset', good: 'green', bad: 'red', dim: 'gray' } as const;

export function openTerminal(stream: NodeJS.WriteStream, clock: () => number): Terminal {
  const startedAt = clock();
  const colours = stream.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  let foot = '';
  return { line, text, live, end: () => clearFoot() };

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
    live(kept);
  }

  function live(words: string): void {
    if (!stream.isTTY) return;
    clearFoot();
    foot = words.slice(0, Math.max(0, (stream.columns ?? 80) - 1));
    stream.write(foot);
  }

  function clearFoot(): void {
    if (foot === '') return;
    stream.write(colours ? '\r\u001B[2K' : `\r${' '.repeat(foot.length)}\r`);
    foot = '';
  }
}
