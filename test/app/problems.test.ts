import { describe, expect, it } from 'vitest';
import { checkDescription } from '../../src/app/check.ts';
import type { Problem } from '../../src/refusal.ts';
import { badDescriptions } from './bad-descriptions.ts';

function problemsOf(input: unknown): readonly Problem[] {
  const checked = checkDescription(input);
  return checked.ok ? [] : checked.problems;
}

function rendered({ code, where, what, why, next }: Problem): string {
  return [
    `${where ?? '(the description)'} [${code}]`,
    `  ${what}`,
    ...(why === undefined ? [] : [`  ${why}`]),
    `  → ${next}`,
  ].join('\n');
}

describe('a description with something wrong', () => {
  it.each(Object.entries(badDescriptions))('is refused with all of its problems: %s', async (name, input) => {
    const problems = problemsOf(input);
    expect(problems).not.toEqual([]);
    await expect(`${problems.map(rendered).join('\n\n')}\n`).toMatchFileSnapshot(
      `../golden/app/problems/${name}.txt`,
    );
  });

  it('never has what may be secret repeated', () => {
    const said = JSON.stringify(problemsOf(badDescriptions['missing-and-written-down-variables']));
    expect(said).toContain('secret-written-down');
    expect(said).not.toContain('hunter');
    const wrong = {
      name: 'shop',
      services: {
        api: { kind: 'worker', command: 'x', variables: { KEY: ['hunter2'], OTHER: { key: 'hunter2' } } },
      },
    };
    expect(JSON.stringify(problemsOf(wrong))).not.toContain('hunter');
  });

  it('tells of a variable of the shell that is not set', () => {
    const unset = {
      name: 'shop',
      services: { api: { kind: 'worker', command: 'node x.js', variables: { KEY: undefined } } },
    };
    expect(problemsOf(unset).map(({ where, code }) => [where, code])).toEqual([
      ['services.api.variables.KEY', 'missing-key'],
    ]);
  });

  it('survives values that JSON does not know', () => {
    const circular: Record<string, unknown> = { kind: 'worker', command: 'node x.js' };
    circular['self'] = circular;
    expect(problemsOf({ name: 'shop', services: { api: circular } }).map(({ where }) => where)).toEqual([
      'services.api.self',
    ]);
    const body: unknown[] = [];
    body.push(body);
    const gates = { smoke: { kind: 'smoke', steps: { send: { path: '/', method: 'POST', body } } } };
    const shop = { name: 'shop', services: { api: { kind: 'worker', command: 'node x.js' } }, gates };
    expect(problemsOf(shop).map(({ where }) => where)).toEqual(['gates.smoke.steps.send.body']);
    expect(problemsOf(() => 5)).toHaveLength(1);
  });
});
