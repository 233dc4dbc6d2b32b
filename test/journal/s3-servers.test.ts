import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Event } from '../../src/journal/event.ts';
import type { Bucket } from '../../src/journal/s3/bucket.ts';
import { openSdkBucket } from '../../src/journal/s3/sdk-bucket.ts';
import { openS3 } from '../../src/journal/s3/store.ts';
import { freePort } from '../ports.ts';
import { findTool } from '../clients/tool.ts';
import { randomness } from '../simulation/random.ts';
import { anna, ben, journalConformance, started, take, type Bench } from './conformance.ts';
import {
  pointingAt,
  startFront,
  startMotoS3,
  startOwnS3,
  type Fate,
  type Front,
  type S3Server,
} from './s3-server.ts';

const moto = findTool('moto_server');
let prefixes = 0;

/** A journal of its own in the bucket, for the SDK that finds server and key in its environment. */
function bucketAt(
  env: Readonly<Record<string, string>>,
  bucket = 'journals',
  prefix = `${(prefixes += 1)}/shop/`,
  clock = Date.now,
): Bucket {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  return openSdkBucket({ bucket, prefix, region: null }, { env, clock });
}

function open(bucket: Bucket) {
  return openS3({
    bucket,
    clock: Date.now,
    alive: () => 'unknown',
    newMark: randomUUID,
    pause: (milliseconds) => pause(milliseconds),
  });
}

/** The server's own clock, and what a test lets pass on top of it. */
function benchAt(bucket: Bucket): Bench {
  let passed = 0;
  const writtenAt = new Map<string, number>();
  const dead = new Set<number>();
  const aging: Bucket = {
    ...bucket,
    async get(key) {
      const found = await bucket.get(key);
      return found && { ...found, age: found.age + passed - (writtenAt.get(found.etag) ?? passed) };
    },
    async put(...wanted) {
      const put = await bucket.put(...wanted);
      if (put.kind === 'written') writtenAt.set(put.etag, passed);
      return put;
    },
  };
  return {
    open: () =>
      openS3({
        bucket: aging,
        clock: () => Date.now() + passed,
        alive: ({ pid }) => !dead.has(pid),
        newMark: randomUUID,
        pause: (milliseconds) => pause(milliseconds),
      }),
    advance: (milliseconds) => (passed += milliseconds),
    kill: ({ pid }) => dead.add(pid),
  };
}

describe.each([
  ["the embedded engine's S3", true, () => startOwnS3('journals')],
  ['moto', moto !== null, () => startMotoS3(moto ?? '', 'journals')],
] as const)('a journal in S3, where S3 is %s', (_name, isThere, start) => {
  describe.skipIf(!isThere)('and as it is', () => {
    let server: S3Server;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.end());

    journalConformance(async () => benchAt(bucketAt(server.env)));

    test('lists a history longer than a page, and reads it', async () => {
      const bucket = bucketAt(server.env);
      const ids = Array.from({ length: 1005 }, (_, index) => `d${String(index).padStart(5, '0')}`);
      const entry = { seq: 1, at: 1, epoch: 1, event: started };
      const text = `${JSON.stringify(entry)}\n`;
      await Promise.all(ids.map((id) => bucket.put(`deployments/${id}.jsonl`, text, { kind: 'absent' })));
      const store = open(bucket);
      expect(await store.deployments()).toEqual(ids);
      const readings = await Promise.all(ids.slice(-50).map((id) => store.read(id)));
      expect(readings.every(({ entries }) => entries.length === 1)).toBe(true);
    });

    test('tells how old an object is by a clock of its own', async () => {
      const bucket = bucketAt(server.env);
      await bucket.put('x', '1', { kind: 'absent' });
      const { age } = (await bucket.get('x')) ?? { age: Number.NaN };
      expect(age).toBeGreaterThanOrEqual(0);
      expect(age % 1000).toBe(0);
    });

    test('is without a bucket a refusal that names it', async () => {
      await expect(open(bucketAt(server.env, 'no-such-bucket')).acquire(anna)).rejects.toMatchObject({
        problems: [{ code: 'journal-bucket-missing', where: expect.stringMatching('^s3://no-such-bucket/') }],
      });
    });
  });
});

test.skipIf(moto === null)('a third of all calls may fail, and everything is written once', async () => {
  const server = await startMotoS3(moto ?? '', 'journals');
  const front = await startFront(server.port);
  onTestFinished(() => front.end().then(() => server.end()));
  const random = randomness(7);
  front.fate = (method) => {
    const fate = Math.floor(random() * 20);
    if (fate === 0) return 'never-arrives';
    if (fate === 1 || fate === 2) return 'answer-lost';
    if (fate === 3) return 'answer-torn';
    if (fate === 4) return { answered: 503, code: 'SlowDown' };
    if (fate === 5) return { answered: 500, code: 'InternalError' };
    return fate === 6 && method === 'PUT' ? { answered: 409, code: 'ConditionalRequestConflict' } : 'arrives';
  };
  const bucket = bucketAt(pointingAt(front.port));
  const stores = Array.from({ length: 5 }, () => open(bucket));
  const answers = await Promise.all(stores.map((store) => store.acquire(anna)));
  const index = answers.findIndex(({ held }) => !held);
  expect(answers.filter(({ held }) => !held)).toHaveLength(1);
  const [lease, store] = [answers[index], stores[index]];
  if (lease === undefined || lease.held || store === undefined) throw new Error('nobody has the lease');
  const written = [];
  for (let event = 0; event < 40; event += 1)
    written.push(await store.append(lease, event < 30 ? 'd1' : 'd2', nr(event)));
  await store.release(lease);
  const other = open(bucket);
  expect((await other.read('d1')).entries).toEqual(written.slice(0, 30));
  expect((await other.read('d2')).entries).toEqual(written.slice(30));
  expect((await take(other, ben)).epoch).toBe(2);
  expect(front.calls()).toBeGreaterThan(80);
});

function nr(event: number): Event {
  return { type: 'stage.entered', service: 'api', stage: `nr-${event}` };
}

describe('what S3 answers and a user can mend', () => {
  let front: Front;
  beforeAll(async () => {
    front = await startFront(await freePort());
  });
  afterAll(() => front.end());
  afterEach(() => vi.unstubAllEnvs());

  test.each([
    ['expired credentials', 400, 'ExpiredToken', 'aws-credentials'],
    ['an unknown key', 403, 'InvalidAccessKeyId', 'aws-credentials'],
    ['a key that is wrong', 403, 'SignatureDoesNotMatch', 'aws-credentials'],
    ['a policy that says no', 403, 'AccessDenied', 'journal-access-denied'],
    ['a clock that is wrong', 403, 'RequestTimeTooSkewed', 'clock-wrong'],
    ['another region', 301, 'PermanentRedirect', 'journal-wrong-region'],
    ['another region, told otherwise', 400, 'AuthorizationHeaderMalformed', 'journal-wrong-region'],
    ['a service that is away', 503, 'ServiceUnavailable', 'journal-unreachable'],
    ['throttling without an end', 503, 'SlowDown', 'journal-unreachable'],
    ['a demand that S3 refuses', 400, 'InvalidRequest', 'journal-refused'],
  ] as const)('%s is a refusal that says what to do', async (_what, answered, code, expected) => {
    front.fate = () => ({ answered, code });
    // Twenty seconds pass between two looks at it: half a minute of patience is soon over.
    let now = 0;
    const store = open(bucketAt(pointingAt(front.port), 'journals', 'away/', () => (now += 20_000)));
    for (const call of [() => store.acquire(anna), () => store.holder(), () => store.deployments()]) {
      const refusal: unknown = await call().catch((error: unknown) => error);
      expect(refusal).toMatchObject({
        name: 'Refusal',
        problems: [{ code: expected, where: expect.stringMatching('^s3://journals/'), next: /./ }],
      });
      expect(JSON.stringify(refusal)).not.toContain('swordfish');
    }
  });

  test('while S3 stays away each call is tried once, and it is waited for again when it was there', async () => {
    let now = 0;
    const store = open(bucketAt(pointingAt(front.port), 'journals', 'away/', () => now));
    const callsOf = async (fate: Fate, ...passes: readonly number[]): Promise<number> => {
      const before = front.calls();
      const passing = [...passes];
      front.fate = () => {
        now += passing.shift() ?? 0;
        return fate;
      };
      await store.holder().catch(() => null);
      return front.calls() - before;
    };
    const away: Fate = { answered: 503, code: 'SlowDown' };
    expect(await callsOf(away, 0, 10_000, 20_000)).toBe(3);
    expect(await callsOf(away)).toBe(1);
    expect(await callsOf({ answered: 404, code: 'NoSuchKey' })).toBe(1);
    expect(await callsOf(away, 0, 30_000)).toBe(2);
  });

  test.each([
    ['no credentials anywhere', ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'], 'aws-credentials'],
    ['no region anywhere', ['AWS_REGION'], 'region-missing'],
  ] as const)('%s is a refusal, and nothing is sent', async (_what, missing, expected) => {
    const before = front.calls();
    const store = open(bucketAt(pointingAt(front.port)));
    for (const name of [...missing, 'AWS_PROFILE', 'AWS_DEFAULT_REGION']) vi.stubEnv(name, undefined);
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, '/dev/null');
    await expect(store.acquire(anna)).rejects.toMatchObject({ problems: [{ code: expected }] });
    expect(front.calls()).toBe(before);
  });
});
