import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageDigest as digestOfTheEngine } from '../../src/engine/images/digest.ts';
import { imageDigest, type ImageConfig, type ImageFile } from '../../src/release/image.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const config: fc.Arbitrary<ImageConfig> = fc.record({
  command: fc.array(text, { maxLength: 3 }),
  entryPoint: fc.option(fc.array(text, { maxLength: 2 })),
  workingDirectory: text,
  environment: fc.dictionary(text, text, { maxKeys: 5 }),
  stopSignal: fc.option(fc.constantFrom('SIGINT', 'SIGTERM')),
});
const hash = fc
  .array(fc.integer({ min: 0, max: 15 }), { minLength: 64, maxLength: 64 })
  .map((digits) => digits.map((digit) => digit.toString(16)).join(''));
const file: fc.Arbitrary<ImageFile> = fc.oneof(
  fc.record({ path: text, mode: fc.constantFrom('x', '-'), sha256: hash }),
  fc.record({ path: text, link: text }),
);
const files = fc.uniqueArray(file, { selector: ({ path }) => path, maxLength: 8 });

describe('the digest of an image', () => {
  it('is the one that the engine comes to', () => {
    fc.assert(
      fc.property(config, files, (config, files) => {
        expect(imageDigest(config, files)).toBe(digestOfTheEngine(config, files));
      }),
    );
  });

  it('does not depend on the order of files, variables and keys', () => {
    const shuffled = fc.tuple(config, files).chain(([config, files]) =>
      fc.tuple(
        fc.constant({ config, files }),
        fc.shuffledSubarray(files, { minLength: files.length }),
        fc.shuffledSubarray(Object.entries(config.environment), {
          minLength: Object.keys(config.environment).length,
        }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([{ config, files }, otherFiles, variables]) => {
        const { stopSignal, command, entryPoint, workingDirectory } = config;
        const environment = Object.fromEntries(variables);
        const other = { stopSignal, environment, workingDirectory, entryPoint, command };
        expect(imageDigest(other, otherFiles)).toBe(imageDigest(config, files));
      }),
    );
  });

  it('differs where a file does', () => {
    const none: ImageConfig = {
      command: ['x'],
      entryPoint: null,
      workingDirectory: '.',
      environment: {},
      stopSignal: null,
    };
    const one = { path: 'a', mode: '-', sha256: '0'.repeat(64) } as const;
    const others: readonly ImageFile[] = [
      { ...one, mode: 'x' },
      { ...one, path: 'b' },
      { ...one, sha256: '1'.repeat(64) },
      { path: 'a', link: '0'.repeat(64) },
    ];
    const digests = [[], [one], ...others.map((other) => [other])].map((files) => imageDigest(none, files));
    expect(new Set(digests).size).toBe(digests.length);
  });
});
