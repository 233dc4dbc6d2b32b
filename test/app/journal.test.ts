import { describe, expect, it } from 'vitest';
import { checkDescription } from '../../src/app/check.ts';
import type { JournalPlace } from '../../src/app/environment.ts';
import { resolve } from '../../src/app/resolve.ts';

const services = { worker: { kind: 'worker', command: 'node worker.js' } };

function placeOf(environment: object, ofApp: object = {}): JournalPlace {
  const result = checkDescription({ name: 'shop', services, ...ofApp, environments: { here: environment } });
  if (!result.ok) throw new Error(result.problems.map(({ what }) => what).join('\n'));
  return resolve(result.app, 'here').journal;
}

const onEcs = { engine: 'ecs', region: 'eu-central-1' };
const onThisMachine = { engine: 'embedded' };

describe('where the journal is kept', () => {
  it('is a bucket of the environment on Amazon ECS', () => {
    expect(placeOf(onEcs)).toEqual({ kind: 's3', bucket: 'shop-here-journal', prefix: 'shop/here/' });
  });

  it('is the place that is said, with a folder for each app and environment', () => {
    const place = { kind: 's3', bucket: 'acme-here', prefix: 'fairway/shop/here/' };
    expect(placeOf({ ...onEcs, journal: 's3://acme-{environment}/fairway/' })).toEqual(place);
    expect(placeOf(onEcs, { journal: 's3://acme-{environment}/fairway' })).toEqual(place);
    expect(placeOf({ ...onThisMachine, journal: 's3://acme-here/fairway' })).toEqual(place);
  });

  it('is this machine on the embedded engine, whatever the app says', () => {
    expect(placeOf(onThisMachine)).toEqual({ kind: 'this-machine' });
    expect(placeOf(onThisMachine, { journal: 's3://acme' })).toEqual({ kind: 'this-machine' });
  });

  it.each(['acme', 's3://', 's3://Acme', 's3:///folder', 's3://acme/{service}', 'https://acme'])(
    'is not %s',
    (journal) => {
      const result = checkDescription({
        name: 'shop',
        services,
        environments: { here: { ...onEcs, journal } },
      });
      expect(result).toMatchObject({ ok: false, problems: [{ where: 'environments.here.journal' }] });
    },
  );
});
