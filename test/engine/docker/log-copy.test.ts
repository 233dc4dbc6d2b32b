import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { logFrames } from '../../../src/engine/docker/frames.ts';
import { logCopy } from '../../../src/engine/docker/log-copy.ts';
import type { LogCopy } from '../../../src/engine/docker/log-copy.ts';
import { openLog } from '../../../src/engine/tasks/log/log.ts';
import type { TaskLog } from '../../../src/engine/tasks/log/log.ts';

const epoch = Date.parse('2026-01-02T03:04:00Z');

/** As Docker writes it: whole nanoseconds, which it keeps and JavaScript does not. */
function frame(at: number, text: string, stream = 1): Buffer {
  const line = Buffer.from(`${new Date(at).toISOString().replace('Z', '000000Z')} ${text}`);
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(line.length, 4);
  return Buffer.concat([head, line]);
}

describe('frames of a log', () => {
  it('are taken apart wherever the stream is cut', () => {
    const texts = ['one\n', '\n', 'a b  c\n', 'ünfinished'];
    const bytes = Buffer.concat(
      texts.map((text, index) => frame(epoch + index * 700, text, 1 + (index % 2))),
    );
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
        const take = logFrames();
        const ends = [...cuts.toSorted((a, b) => a - b), bytes.length];
        const records = ends.flatMap((end, index) => take(bytes.subarray(ends[index - 1] ?? 0, end)));
        expect(records.map((record) => record.bytes.toString())).toEqual(texts);
        expect(records.map(({ at }) => at - epoch)).toEqual([0, 700, 1400, 2100]);
      }),
    );
  });
});

describe('the copy of a log', () => {
  function place(): { readonly open: () => { log: TaskLog; copy: LogCopy }; readonly file: string } {
    const folder = mkdtempSync(join(tmpdir(), 'fairway-copy-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'log');
    const open = () => {
      const log = openLog(file, Date.now, { fileBytes: 1e6, files: 3 });
      return { log, copy: logCopy(log, `${file}.copied`) };
    };
    return { open, file };
  }
  const textOf = (log: TaskLog): string[] => log.read({ limit: 1e6 }).lines.map(({ text }) => text);

  /** A daemon's log: lines with their times, hundredths of a second or whole ones apart, a few out of order. */
  const lines = fc.array(fc.constantFrom(0, 0, 10, 10, 400, 3000, -300), { maxLength: 40 }).map((steps) => {
    let at = epoch;
    return steps.map((step, index) => {
      at += step;
      return { at, text: `line ${index}\n` };
    });
  });

  it('has every line once, in order, wherever it was broken off and taken up again', () => {
    fc.assert(
      fc.property(lines, fc.array(fc.nat(40), { maxLength: 6 }), fc.nat(3), (told, stops, torn) => {
        const { open, file } = place();
        for (const stop of [...stops, 40]) {
          const { copy } = open();
          const { since, take } = copy.begin();
          const framesIn = logFrames();
          const heard = told.filter(({ at }) => Math.floor(at / 1000) >= since).slice(0, stop);
          for (const { at, text } of heard) take(framesIn(frame(at, text)));
          // An engine that died between two writes.
          appendFileSync(file, 'torn'.slice(0, torn));
        }
        const { log, copy } = open();
        copy.begin();
        expect(textOf(log)).toEqual(told.map(({ text }) => text.trim()));
      }),
    );
  });

  it('goes on behind what the daemon has dropped meanwhile', () => {
    const { open } = place();
    const first = open().copy.begin();
    first.take(logFrames()(frame(epoch, 'old\n')));
    const { log, copy } = open();
    copy.begin().take(logFrames()(frame(epoch + 60_000, 'new\n')));
    expect(textOf(log)).toEqual(['old', 'new']);
  });

  it('tells the daemon’s times', () => {
    const { open } = place();
    const { log, copy } = open();
    const stream = Buffer.concat([frame(epoch, 'a\n'), frame(epoch + 5000, 'b\n')]);
    copy.begin().take(logFrames()(stream));
    expect(log.read({ limit: 9 }).lines.map(({ at }) => at)).toEqual([epoch, epoch + 5000]);
  });
});
