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

const tones = { plain: 'white', good: 'green', bad: 'red', dim: 'gray' } as const;

export function openTerminal(stream: NodeJS.WriteStream, clock: () => number): Terminal {
  const startedAt = clock();
  const colours = stream.isTTY && process.env['NO_COLOR'] === undefined;
  let foot = '';
  return { line, text, live, end: () => clearFoot() };

  function line({ topic, text: words, tone }: Line): void {
    const at = ((clock() - startedAt) / 1000).toFixed(1).padStart(6);
    const plain = `${at} s  ${topic.padEnd(9)} ${words}`;
    text(colours ? styleText(tones[tone], plain) : plain);
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
    stream.write('\r\u001B[2K');
    foot = '';
  }
}
