import { describe, expect, test } from 'vitest';
import { subjectOf, textOf, topicOf } from '../../src/notice/notice.ts';
import { rolledBack, succeeded } from './notices.ts';

describe('what people are told', () => {
  test('of a deployment that succeeded', () => {
    expect(textOf(succeeded)).toBe(`shop production: deploy succeeded (release 1f0c22ab90de)
by anna@laptop, in 83 s
deployment 20261120-101502-007a1; \`fairway history production\` shows it
https://shop.example.com`);
  });

  test('of one that was rolled back: why, and that nothing has changed', () => {
    expect(textOf(rolledBack)).toBe(`shop production: deploy was rolled back: the old version runs, as before
api: sign in: 500 <oops> & more
by anna@laptop, in 83 s
deployment 20261120-101502-007a1; \`fairway history production\` shows it
https://shop.example.com`);
  });

  test.each([
    ['succeeded', 'deployed'],
    ['nothing-to-do', null],
    ['refused', 'failed'],
    ['rolled-back', 'failed'],
    ['needs-attention', 'failed'],
  ] as const)('%s is news of %s', (verdict, topic) => {
    expect(topicOf({ verdict })).toBe(topic);
    expect(subjectOf({ ...succeeded, verdict })).toMatch(/^shop production: deploy /);
  });
});
