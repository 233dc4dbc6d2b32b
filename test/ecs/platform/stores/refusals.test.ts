import { expect, it } from 'vitest';
import { readParametersBelow } from '../../../../src/ecs/parameters.ts';
import { bootstrap } from '../../../../src/ecs/platform/bootstrap.ts';
import { Refusal } from '../../../../src/refusal.ts';
import { sharedEngine } from '../../rig.ts';
import { appOf, inventory, jobOf } from '../shop.ts';
import { signedRequest } from './signed-request.ts';

const engine = sharedEngine();
const worker = { kind: 'worker', command: 'node worker.js' };

async function refusalOf(act: Promise<unknown>): Promise<Refusal> {
  const failure = await act.then(
    () => null,
    (error: unknown) => error,
  );
  if (failure instanceof Refusal) return failure;
  throw failure ?? new Error('it was not refused');
}

const withStore = (app: string, store: object) => appOf(app, { worker }, { stores: { kept: store } });

it.each([
  [
    'redis',
    { kind: 'redis', version: '97' },
    /redis-server or valkey-server/,
    /apt install redis-server.*Docker.*redis:97/,
  ],
  ['neo4j', { kind: 'neo4j', version: '97' }, /needs neo4j/, /Neo4j 97.*Java.*Docker.*neo4j:97/],
  [
    'postgres',
    { kind: 'postgres', version: '97' },
    /needs PostgreSQL/,
    /version to 18.*postgresql-97.*Docker.*postgres:97/,
  ],
  [
    'postgis',
    { kind: 'postgres', version: '97', extensions: ['postgis'] },
    /extension postgis/,
    /postgresql-97-postgis-3.*Docker.*postgis\/postgis:97/,
  ],
])(
  'a %s that this machine does not have is refused with the ways to get one',
  async (app, store, why, ways) => {
    const { clients } = engine;
    const environment = withStore(app, store);
    const { problems } = await refusalOf(bootstrap(clients, await jobOf(environment)));
    expect(problems).toEqual([
      {
        code: 'store-unavailable',
        what: expect.stringContaining('the store kept cannot run on this machine'),
        where: 'stores.kept',
        why: expect.stringMatching(why),
        next: expect.stringMatching(new RegExp(`${ways.source}.*stores: \\{ kept: null \\}`)),
      },
    ]);
    expect((await inventory(clients, app)).services).toEqual([]);
  },
);

it('what was refused may be described otherwise and then be made', async () => {
  const { clients } = engine;
  const job = await jobOf(withStore('again', { kind: 'redis', version: '97' }));
  await refusalOf(bootstrap(clients, job));
  await bootstrap(clients, { ...job, environment: withStore('again', { kind: 'bucket' }) });
  expect((await inventory(clients, 'again')).services).toHaveLength(1);
});

it('a store that is described otherwise than it was made is refused, and runs on as it is', async () => {
  const { clients } = engine;
  const job = await jobOf(withStore('other', { kind: 'postgres' }));
  await bootstrap(clients, job);
  const before = await readParametersBelow(clients, '/fairway/other/local/stores/kept');
  const changes: readonly (readonly [string, object, string, string])[] = [
    ['kind', { kind: 'redis' }, 'kind postgres', 'kind redis'],
    ['version', { kind: 'postgres', version: '16' }, 'version 18', 'version 16'],
    ['user', { kind: 'postgres', user: 'somebody' }, 'user other', 'user somebody'],
    [
      'extensions',
      { kind: 'postgres', extensions: ['postgis'], version: '18' },
      'extensions none',
      'extensions postgis',
    ],
  ];
  for (const [key, store, was, is] of changes) {
    const { problems } = await refusalOf(
      bootstrap(clients, { ...job, environment: withStore('other', store) }),
    );
    expect(problems).toEqual([
      expect.objectContaining({
        code: 'store-changed',
        where: `stores.kept.${key}`,
        what: `the store kept was made with ${was}, and is now described with ${is}`,
      }),
    ]);
  }
  const both = withStore('other', { kind: 'postgres', user: 'somebody', database: 'elsewhere' });
  expect((await refusalOf(bootstrap(clients, { ...job, environment: both }))).problems).toHaveLength(2);
  expect(await readParametersBelow(clients, '/fairway/other/local/stores/kept')).toEqual(before);
  expect((await inventory(clients, 'other')).services).toHaveLength(1);
});

it('buckets of an environment have one key and one endpoint for all, and other environments others', async () => {
  const { clients } = engine;
  const two = { stores: { photos: { kind: 'bucket' }, exports: { kind: 'bucket' } } };
  await bootstrap(
    clients,
    await jobOf(appOf('twobuckets', { worker }, two), { newPassword: () => 'first-key' }),
  );
  await bootstrap(
    clients,
    await jobOf(withStore('onebucket', { kind: 'bucket' }), { newPassword: () => 'second-key' }),
  );
  const [photos, exports, kept] = await Promise.all(
    ['twobuckets/local/stores/photos', 'twobuckets/local/stores/exports', 'onebucket/local/stores/kept'].map(
      async (path) => Object.fromEntries(await readParametersBelow(clients, `/fairway/${path}`)),
    ),
  );
  if (!photos || !exports || !kept) throw new Error('three were made');
  await signedRequest({ ...photos, bucket: exports['bucket'] ?? '' }, 'PUT', 'a', 'by the other endpoint');
  expect(await signedRequest(exports, 'GET', 'a')).toBe('by the other endpoint');
  await expect(signedRequest(photos, 'GET', 'a')).rejects.toThrow('NoSuchKey');
  await expect(signedRequest({ ...kept, endpoint: photos['endpoint'] ?? '' }, 'GET', 'a')).rejects.toThrow(
    'InvalidAccessKeyId',
  );
});
