import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTerminal } from '../../src/cli/present/terminal.ts';

const escape = '\u001B';

/** What is written to a stream of this kind, as it is written. */
function screen(kind: { readonly isTTY: boolean; readonly columns?: number }) {
  const written: string[] = [];
  const stream = Object.assign(new PassThrough(), {
    ...kind,
    columns: kind.columns ?? 80,
    rows: 24,
    write: (text: string) => {
      written.push(text);
      return true;
    },
  });
  let now = 5_000;
  const terminal = openTerminal(asTerminal(stream), () => now);
  return { terminal, text: () => written.join(''), later: (milliseconds: number) => (now += milliseconds) };
}

/** Only these members of it are used. */
function asTerminal(stream: PassThrough): NodeJS.WriteStream {
  const found: unknown = stream;
  if (isTerminal(found)) return found;
  throw new Error('no stream');
}

function isTerminal(value: unknown): value is NodeJS.WriteStream {
  return value instanceof PassThrough;
}

/** What somebody sees who looks at the screen in the end: a carriage return begins the line again. */
function seen(text: string): readonly string[] {
  return text.split('\n').map((line) => {
    let shown = '';
    for (const part of line.replaceAll(`${escape}[2K`, '\u0000').split('\r')) {
      const cleared = part.startsWith('\u0000');
      const words = part.replaceAll('\u0000', '');
      shown = cleared ? words : words + shown.slice(words.length);
    }
    return shown.trimEnd();
  });
}

beforeEach(() => void vi.stubEnv('NO_COLOR', undefined));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

const line = { topic: 'gate', text: '✓ health: 200', tone: 'good' } as const;

describe('a terminal', () => {
  it('shows lines with the time since its start, in their colour', () => {
    const { terminal, text, later } = screen({ isTTY: true });
    later(1234);
    terminal.line(line);
    expect(text()).toBe(`${escape}[32m   1.2 s  gate      ✓ health: 200${escape}[39m\n`);
  });

  it('keeps its own colour for plain lines: white cannot be read on white', () => {
    const { terminal, text } = screen({ isTTY: true });
    terminal.line({ ...line, tone: 'plain' });
    expect(text()).not.toContain(`${escape}[37m`);
  });

  it('has one live line at its foot, which lines push down and the end takes away', () => {
    const { terminal, text } = screen({ isTTY: true });
    terminal.live('waiting for green, a long while');
    terminal.live('waiting for traffic');
    expect(seen(text())).toEqual(['waiting for traffic']);
    terminal.text('a line');
    expect(seen(text())).toEqual(['a line', 'waiting for traffic']);
    terminal.end();
    expect(seen(text())).toEqual(['a line', '']);
  });

  it('has nothing at its foot once there is nothing to wait for', () => {
    const { terminal, text } = screen({ isTTY: true });
    terminal.live('waiting for green to stand');
    terminal.live('');
    terminal.text('bake 5 s');
    expect(seen(text())).toEqual(['bake 5 s', '']);
  });

  it('cuts a live line that would wrap: only one that is one line can be taken away', () => {
    const { terminal, text } = screen({ isTTY: true, columns: 10 });
    terminal.live('waiting for a long time');
    expect(seen(text())).toEqual(['waiting f']);
  });

  it('shows it where a terminal does not know its size', () => {
    const { terminal, text } = screen({ isTTY: true, columns: 0 });
    terminal.live('waiting for green');
    expect(seen(text())).toEqual(['waiting for green']);
  });

  it.each(['1', 'true'])(
    'has no escape codes where NO_COLOR is %s, and a live line all the same',
    (value) => {
      vi.stubEnv('NO_COLOR', value);
      const { terminal, text } = screen({ isTTY: true });
      terminal.live('waiting for green');
      terminal.line(line);
      terminal.end();
      expect(text()).not.toContain(escape);
      expect(seen(text())).toEqual(['   0.0 s  gate      ✓ health: 200', '']);
    },
  );

  it('has its colours where NO_COLOR is set to nothing', () => {
    vi.stubEnv('NO_COLOR', '');
    const { terminal, text } = screen({ isTTY: true });
    terminal.line(line);
    expect(text()).toContain(`${escape}[32m`);
  });
});

describe('a pipe', () => {
  it('gets the same as plain lines, and never the live one', () => {
    const { terminal, text } = screen({ isTTY: false });
    terminal.live('waiting for green');
    terminal.line(line);
    terminal.live('waiting for traffic');
    terminal.text('the end');
    terminal.end();
    expect(text()).toBe('   0.0 s  gate      ✓ health: 200\nthe end\n');
  });

  it('is told what is waited for, again and again, once it has been silent', () => {
    vi.useFakeTimers();
    const { terminal, text, later } = screen({ isTTY: false });
    const pass = (seconds: number): void => {
      later(seconds * 1000);
      vi.advanceTimersByTime(seconds * 1000);
    };
    terminal.live('          waiting for green');
    pass(8);
    expect(text()).toBe('');
    terminal.line(line);
    pass(8);
    terminal.live('          waiting for traffic');
    pass(2);
    expect(text().split('\n').slice(1)).toEqual(['  18.0 s  wait      waiting for traffic', '']);
    pass(10);
    expect(text().match(/waiting for traffic/g)).toHaveLength(2);
    terminal.live('');
    pass(30);
    terminal.live('waiting for blue');
    terminal.end();
    pass(30);
    expect(text().match(/waiting/g)).toHaveLength(2);
  });
});
