import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDescription } from '../../src/app/check.ts';
import { merge } from '../../src/app/merge.ts';
import { nearest } from '../../src/app/nearest.ts';
import { portOf } from '../../src/app/names.ts';
import { resolve } from '../../src/app/resolve.ts';
import interactionManagement from '../../examples/interaction-management/fairway.config.ts';
import propflow from '../../examples/propflow/fairway.config.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const json = fc.jsonValue({ maxDepth: 5 }).map((value): Json => JSON.parse(JSON.stringify(value)));

/** What people really write wrong: a sound description with one part changed, removed or renamed. */
const damaged = fc
  .tuple(
    fc.constantFrom(interactionManagement, propflow),
    fc.array(fc.nat(400), { minLength: 1, maxLength: 6 }),
    json,
    fc.constantFrom('replace', 'remove', 'rename', 'add'),
  )
  .map(([description, steps, value, how]) => {
    const copy: Json = JSON.parse(JSON.stringify(description));
    damage(copy, steps, value, how);
    return copy;
  });

function damage(node: Json, [step = 0, ...rest]: readonly number[], value: Json, how: string): void {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
  const keys = Object.keys(node);
  const key = keys[step % keys.length];
  if (key === undefined) return;
  const child = node[key];
  if (rest.length > 0 && typeof child === 'object' && child !== null && !Array.isArray(child))
    return damage(child, rest, value, how);
  if (how !== 'add') delete node[key];
  if (how === 'replace') node[key] = value;
  if (how === 'rename') node[`${key}x`] = child ?? null;
  if (how === 'add') node['addition'] = value;
}

/** `services["My API"].port`, read back. */
function partsOf(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)].map(
    ([, index, quoted, plain]) => {
      if (index !== undefined) return Number(index);
      return quoted === undefined ? (plain ?? '') : String(JSON.parse(`"${quoted}"`));
    },
  );
}

function reaches(input: unknown, parts: readonly (string | number)[]): boolean {
  let current = input;
  for (const part of parts) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return false;
    current = Object.entries(current).find(([key]) => key === String(part))?.[1];
  }
  return true;
}

function tellsWhere(input: unknown): void {
  const checked = checkDescription(input);
  if (checked.ok) {
    for (const name of checked.app.environments) resolve(checked.app, name);
    return;
  }
  for (const { where, what, next } of checked.problems) {
    expect(what).not.toBe('');
    expect(next).not.toBe('');
    if (where === undefined) continue;
    const parts = partsOf(where);
    expect(reaches(input, parts) || reaches(input, parts.slice(0, -1)), where).toBe(true);
  }
}

describe('checking a description', () => {
  it('never throws, and each path is in the input or next to it: any JSON', () => {
    fc.assert(fc.property(json, tellsWhere), { numRuns: 300 });
  });

  it('never throws, and each path is in the input or next to it: a sound description with one thing wrong', () => {
    fc.assert(fc.property(damaged, tellsWhere), { numRuns: 250 });
  });

  it('never throws where environments say anything at all', () => {
    const said = fc.record({ local: json, production: json });
    fc.assert(
      fc.property(said, (environments) =>
        tellsWhere({ ...JSON.parse(JSON.stringify(interactionManagement)), environments }),
      ),
      { numRuns: 150 },
    );
  });
});

const NOWHERE = 'nowhere-at-all';
const lost = { store: NOWHERE, property: 'url' };

/** Sound but for one name that leads nowhere at each place that names something. */
const leadingNowhere: Json = {
  name: 'shop',
  services: {
    api: {
      kind: 'web',
      command: 'node server.js',
      port: 8080,
      health: { path: '/health' },
      needs: { MODE: { required: false } },
      variables: { URL: lost, KEY: { secret: NOWHERE, key: 'JWT' }, OTHER: { secret: 'shop', key: NOWHERE } },
    },
    jobs: { kind: 'worker', command: 'node jobs.js', variables: { URL: lost } },
  },
  stores: {
    db: { kind: 'postgres', secret: { name: NOWHERE } },
    cache: { kind: 'redis', secret: { name: 'shop', url: NOWHERE } },
  },
  variables: { URL: lost, MODE: 'x' },
  secrets: { shop: { keys: ['JWT'] } },
  migration: { service: NOWHERE, apply: 'node migrate.js' },
  alarms: { Slow: { metric: 'p95', above: '500ms', service: NOWHERE, store: NOWHERE } },
  logQueries: { errors: { query: 'level = 50', service: NOWHERE } },
  recovery: { [NOWHERE]: { rto: '1h' } },
  gates: {
    smoke: { kind: 'smoke', steps: { look: { path: '/' } }, values: { key: { secret: NOWHERE } } },
  },
  sentry: { dsn: { secret: NOWHERE } },
  previews: { from: NOWHERE, branches: ['feature/*'] },
  pipeline: { jobs: { test: { stores: ['db', NOWHERE], images: [NOWHERE], steps: { test: 'npm test' } } } },
  runbooks: { Down: { severity: NOWHERE, alarms: ['Slow', NOWHERE], steps: { Look: 'at the logs' } } },
  environments: {
    staging: {
      region: 'eu-central-1',
      deployOn: { after: NOWHERE },
      services: { api: { replicas: 2, variables: { STAGING: lost } } },
      alarms: { Full: { metric: 'disk', above: '85%', store: NOWHERE } },
    },
  },
};

function placesOf(node: Json, path: readonly string[] = []): readonly string[] {
  if (node === NOWHERE) return [path.join('.')];
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, child]) => [
    ...(key === NOWHERE ? [[...path, key].join('.')] : []),
    ...placesOf(child, [...path, key]),
  ]);
}

function placesTold(input: Json): ReadonlySet<string> {
  const checked = checkDescription(input);
  const told = checked.ok ? [] : checked.problems.filter(({ what }) => what.includes(NOWHERE));
  return new Set(told.map(({ where = '' }) => partsOf(where).join('.')));
}

describe('a name that leads nowhere', () => {
  it('is told at each place that names something', () => {
    expect([...placesTold(leadingNowhere)].toSorted()).toEqual(placesOf(leadingNowhere).toSorted());
  });

  it('is told whatever else is wrong elsewhere', () => {
    const steps = fc.array(fc.nat(400), { minLength: 1, maxLength: 6 });
    const how = fc.constantFrom('replace', 'remove', 'rename', 'add');
    fc.assert(
      fc.property(fc.array(fc.tuple(steps, json, how), { minLength: 1, maxLength: 4 }), (damages) => {
        const copy: Json = JSON.parse(JSON.stringify(leadingNowhere));
        for (const [step, value, way] of damages) damage(copy, step, value, way);
        const told = placesTold(copy);
        // A key is not looked for in a secret that is itself gone.
        const wanted = placesOf(copy).filter(
          (place) => placesOf(leadingNowhere).includes(place) && !/\.(key|url)$/.test(place),
        );
        expect(wanted.filter((place) => !told.has(place))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});

describe('laying what an environment says over what the app says', () => {
  it('changes neither', () => {
    fc.assert(
      fc.property(json, json, (below, above) => {
        const before = JSON.stringify([below, above]);
        merge(below, above);
        expect(JSON.stringify([below, above])).toBe(before);
      }),
    );
  });

  it('with nothing said is what the app says', () => {
    fc.assert(
      fc.property(json, (below) => {
        expect(merge(below, undefined)).toEqual(below);
      }),
    );
  });

  it('goes key by key, replaces lists, removes with null, and keeps references whole', () => {
    const below = {
      a: { x: 1, y: [1, 2] },
      b: 2,
      variables: { A: { store: 'db', property: 'url' } },
      strategy: { kind: 'blue-green', bake: 5 },
    };
    const above = {
      a: { y: [3] },
      b: null,
      variables: { A: { secret: 'x' } },
      strategy: { kind: 'rolling' },
    };
    expect(merge(below, above)).toEqual({
      a: { x: 1, y: [3] },
      variables: { A: { secret: 'x' } },
      strategy: { kind: 'rolling' },
    });
    expect(merge({ expect: { status: 200 } }, { expect: { contains: 'x' } })).toEqual({
      expect: { contains: 'x' },
    });
  });
});

describe('the likely word', () => {
  it.each([
    ['enviroments', 'environments'],
    ['serivces', 'services'],
    ['logQuerys', 'logQueries'],
    ['blue_green', 'blue-green'],
  ])('%s: %s', (wrong, right) => {
    expect(nearest(wrong, ['environments', 'services', 'logQueries', 'blue-green', 'stores'])).toBe(right);
  });

  it('is not guessed where nothing is near', () => {
    expect(nearest('banana', ['environments', 'services'])).toBeNull();
    expect(nearest('x', ['environments', 'services'])).toBeNull();
  });
});

it('ports chosen by name are even, stay where systems give none away, and do not change', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (app, environment) => {
      const port = portOf(app, environment);
      expect(port % 2).toBe(0);
      expect(port).toBeGreaterThanOrEqual(20_000);
      expect(port).toBeLessThan(32_000);
    }),
  );
  expect(portOf('interaction-management', 'local')).toMatchInlineSnapshot(`21938`);
});
