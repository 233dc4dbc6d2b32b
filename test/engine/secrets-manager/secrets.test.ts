import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventually } from '../tasks/rig.ts';
import { known, testEngine } from '../core/rig.ts';
import { secretsManagerOf } from './clients.ts';

async function secretsManager(words: readonly string[] = []) {
  const engine = await testEngine(words);
  return { engine, secrets: secretsManagerOf(engine.folder) };
}

const missing = {
  name: 'ResourceNotFoundException',
  message: "Secrets Manager can't find the specified secret.",
};

test('a secret is made, read, described and listed as AWS shows it', async () => {
  const { secrets } = await secretsManager();
  const made = await secrets.createSecret({
    Name: 'prod/db',
    Description: 'of the shop',
    SecretString: '{"user":"shop"}',
    Tags: [{ Key: 'team', Value: 'web' }],
  });
  expect(made.ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:prod\/db-[A-Za-z0-9]{6}$/);
  expect(made.Name).toBe('prod/db');
  expect(await secrets.getSecretValue({ SecretId: 'prod/db' })).toMatchObject({
    ARN: made.ARN,
    Name: 'prod/db',
    VersionId: made.VersionId,
    SecretString: '{"user":"shop"}',
    VersionStages: ['AWSCURRENT'],
    CreatedDate: expect.any(Date),
  });
  const described = await secrets.describeSecret({ SecretId: 'prod/db' });
  expect(described).toMatchObject({
    ARN: made.ARN,
    Description: 'of the shop',
    Tags: [{ Key: 'team', Value: 'web' }],
    VersionIdsToStages: { [known(made.VersionId)]: ['AWSCURRENT'] },
    LastAccessedDate: expect.any(Date),
  });
  expect(Number(described.LastAccessedDate) % 86_400_000).toBe(0);
  const { SecretList } = await secrets.listSecrets({});
  expect(SecretList).toEqual([
    {
      ARN: made.ARN,
      Name: 'prod/db',
      Description: 'of the shop',
      CreatedDate: described.CreatedDate,
      LastChangedDate: described.LastChangedDate,
      LastAccessedDate: described.LastAccessedDate,
      SecretVersionsToStages: { [known(made.VersionId)]: ['AWSCURRENT'] },
      Tags: [{ Key: 'team', Value: 'web' }],
    },
  ]);
  const bytes = new Uint8Array([0, 255, 7]);
  await secrets.createSecret({ Name: 'binary', SecretBinary: bytes });
  const binary = await secrets.getSecretValue({ SecretId: 'binary' });
  expect([binary.SecretBinary, binary.SecretString]).toEqual([bytes, undefined]);
});

test('new versions take over the labels of old ones', async () => {
  const { secrets } = await secretsManager();
  const first = known((await secrets.createSecret({ Name: 'token', SecretString: 'one' })).VersionId);
  const put = await secrets.putSecretValue({ SecretId: 'token', SecretString: 'two' });
  const second = known(put.VersionId);
  expect(put.VersionStages).toEqual(['AWSCURRENT']);
  const read = async (of: { VersionStage?: string; VersionId?: string } = {}) =>
    (await secrets.getSecretValue({ SecretId: 'token', ...of })).SecretString;
  expect([
    await read(),
    await read({ VersionStage: 'AWSPREVIOUS' }),
    await read({ VersionId: first }),
  ]).toEqual(['two', 'one', 'one']);
  const pending = await secrets.putSecretValue({
    SecretId: 'token',
    SecretString: 'three',
    VersionStages: ['AWSPENDING'],
  });
  expect(await read()).toBe('two');
  const third = known(pending.VersionId);
  const move = (RemoveFromVersionId?: string) =>
    secrets.updateSecretVersionStage({
      SecretId: 'token',
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: third,
      ...(RemoveFromVersionId === undefined ? {} : { RemoveFromVersionId }),
    });
  await expect(move()).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(move(first)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await move(second);
  expect(await read()).toBe('three');
  expect((await secrets.describeSecret({ SecretId: 'token' })).VersionIdsToStages).toEqual({
    [second]: ['AWSPREVIOUS'],
    [third]: ['AWSPENDING', 'AWSCURRENT'],
  });
  const ids = async (IncludeDeprecated: boolean) =>
    (await secrets.listSecretVersionIds({ SecretId: 'token', IncludeDeprecated })).Versions?.map(
      (version) => version.VersionId,
    );
  expect(await ids(false)).toEqual([third, second]);
  expect(await ids(true)).toEqual([third, second, first]);
  const { VersionId: fourth } = await secrets.updateSecret({ SecretId: 'token', SecretString: 'four' });
  expect(await read()).toBe('four');
  expect(await read({ VersionStage: 'AWSPREVIOUS' })).toBe('three');
  expect((await secrets.updateSecret({ SecretId: 'token', Description: 'new' })).VersionId).toBeUndefined();
  expect(await read({ VersionId: known(fourth) })).toBe('four');
  await expect(read({ VersionId: first, VersionStage: 'AWSCURRENT' })).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: 'You provided a VersionStage that is not associated to the provided VersionId.',
  });
  await expect(read({ VersionStage: 'NOBODYS' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: "Secrets Manager can't find the specified secret value for staging label: NOBODYS",
  });
});

test('a secret without a value waits for its first', async () => {
  const { secrets } = await secretsManager();
  expect((await secrets.createSecret({ Name: 'later' })).VersionId).toBeUndefined();
  await expect(secrets.getSecretValue({ SecretId: 'later' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
  });
  await secrets.putSecretValue({ SecretId: 'later', SecretString: 'x', VersionStages: ['MINE'] });
  expect((await secrets.getSecretValue({ SecretId: 'later' })).VersionStages).toEqual(['AWSCURRENT', 'MINE']);
});

test('one token makes one version: asked again it is the same, with another value it is refused', async () => {
  const { secrets } = await secretsManager();
  const token = { ClientRequestToken: 'a'.repeat(32) };
  const create = (SecretString: string) => secrets.createSecret({ Name: 's', SecretString, ...token });
  const [once, twice] = [await create('v'), await create('v')];
  expect(twice.ARN).toBe(once.ARN);
  await expect(create('other')).rejects.toMatchObject({
    name: 'ResourceExistsException',
    message: 'The operation failed because the secret s already exists.',
  });
  const put = (SecretString: string) => secrets.putSecretValue({ SecretId: 's', SecretString, ...token });
  expect((await put('v')).VersionId).toBe(once.VersionId);
  await expect(put('other')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  await expect(
    secrets.putSecretValue({ SecretId: 's', SecretString: 'v', ClientRequestToken: 'short' }),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('a secret is found by name, ARN and ARN without its ending; nothing else finds it', async () => {
  const { secrets } = await secretsManager();
  const arn = known((await secrets.createSecret({ Name: 'app/key', SecretString: 'x' })).ARN);
  const hyphened = known((await secrets.createSecret({ Name: 'key-abcdef', SecretString: 'y' })).ARN);
  const partial = arn.slice(0, -7);
  for (const SecretId of ['app/key', arn, partial])
    expect((await secrets.describeSecret({ SecretId })).ARN).toBe(arn);
  expect((await secrets.describeSecret({ SecretId: hyphened })).ARN).toBe(hyphened);
  for (const SecretId of [
    'app',
    `${partial}-AAAAAA`,
    // Taken for a whole ARN, as AWS takes it.
    hyphened.slice(0, -7),
    arn.replace('us-east-1', 'eu-west-1'),
    arn.slice(arn.lastIndexOf(':') + 1),
  ])
    await expect(secrets.describeSecret({ SecretId })).rejects.toMatchObject(missing);
});

describe('deletion', () => {
  test('waits for its window, can be undone, and then is for good', async () => {
    const { secrets } = await secretsManager();
    const made = await secrets.createSecret({ Name: 's', SecretString: 'x' });
    const before = Date.now();
    const deleted = await secrets.deleteSecret({ SecretId: 's', RecoveryWindowInDays: 7 });
    // A minute of the test engine is a second.
    expect(Number(deleted.DeletionDate)).toBeGreaterThanOrEqual(before + 7 * 24 * 60 * 1000 - 1000);
    expect(Number(deleted.DeletionDate)).toBeLessThan(before + 8 * 24 * 60 * 1000);
    const refused = {
      name: 'InvalidRequestException',
      message: "You can't perform this operation on the secret because it was marked for deletion.",
    };
    await expect(secrets.getSecretValue({ SecretId: 's' })).rejects.toMatchObject(refused);
    await expect(secrets.putSecretValue({ SecretId: 's', SecretString: 'y' })).rejects.toMatchObject(refused);
    await expect(secrets.createSecret({ Name: 's', SecretString: 'y' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
    await expect(secrets.deleteSecret({ SecretId: 's' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: "You tried to perform the operation on a secret that's currently marked deleted.",
    });
    expect((await secrets.describeSecret({ SecretId: 's' })).DeletedDate).toEqual(deleted.DeletionDate);
    expect((await secrets.listSecrets({})).SecretList).toEqual([]);
    expect((await secrets.listSecrets({ IncludePlannedDeletion: true })).SecretList).toHaveLength(1);
    await secrets.restoreSecret({ SecretId: 's' });
    expect((await secrets.getSecretValue({ SecretId: 's' })).SecretString).toBe('x');
    await secrets.deleteSecret({ SecretId: 's', ForceDeleteWithoutRecovery: true });
    await expect(secrets.getSecretValue({ SecretId: 's' })).rejects.toMatchObject(missing);
    await expect(secrets.restoreSecret({ SecretId: 's' })).rejects.toMatchObject(missing);
    const again = await secrets.createSecret({ Name: 's', SecretString: 'z' });
    expect(again.ARN).not.toBe(made.ARN);
    await expect(secrets.getSecretValue({ SecretId: known(made.ARN) })).rejects.toMatchObject(missing);
  });

  test('comes when the window is over', async () => {
    const { secrets } = await secretsManager(['--minute-ms', '1']);
    await secrets.createSecret({ Name: 's', SecretString: 'x', Tags: [{ Key: 'a', Value: 'b' }] });
    await secrets.deleteSecret({ SecretId: 's', RecoveryWindowInDays: 7 });
    await eventually(
      () =>
        secrets.describeSecret({ SecretId: 's' }).then(
          () => null,
          (failure: unknown) => expect(failure).toMatchObject(missing) ?? true,
        ),
      'a secret that is gone',
    );
    await secrets.createSecret({ Name: 's', SecretString: 'y' });
    expect((await secrets.describeSecret({ SecretId: 's' })).Tags).toBeUndefined();
  });

  test('is refused with a window out of bounds, or with two wishes at once', async () => {
    const { secrets } = await secretsManager();
    await secrets.createSecret({ Name: 's', SecretString: 'x' });
    for (const input of [
      { RecoveryWindowInDays: 6 },
      { RecoveryWindowInDays: 31 },
      { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true },
    ]) {
      await expect(secrets.deleteSecret({ SecretId: 's', ...input })).rejects.toMatchObject({
        name: 'InvalidParameterException',
      });
    }
    await expect(secrets.deleteSecret({ SecretId: 'none' })).rejects.toMatchObject(missing);
    expect((await secrets.deleteSecret({ SecretId: 'none', ForceDeleteWithoutRecovery: true })).Name).toBe(
      'none',
    );
  });
});

test('lists are filtered, sorted and paged; a batch reads what it can', async () => {
  const { secrets } = await secretsManager();
  const make = (Name: string, Description: string, tag: string) =>
    secrets.createSecret({
      Name,
      Description,
      SecretString: Name,
      Tags: [{ Key: tag, Value: `${tag}-value` }],
    });
  await make('prod/db', 'The database', 'tier');
  await make('prod/api', 'A key', 'owner');
  await make('dev/db', 'the other database', 'tier');
  const list = async (input: Parameters<typeof secrets.listSecrets>[0]) =>
    (await secrets.listSecrets(input)).SecretList?.map((secret) => secret.Name);
  const filter = (Key: 'name' | 'description' | 'tag-key' | 'tag-value' | 'all', ...Values: string[]) =>
    list({ Filters: [{ Key, Values }] });
  expect(await filter('name', 'prod/')).toEqual(['prod/db', 'prod/api']);
  expect(await filter('name', 'PROD/')).toEqual([]);
  expect(await filter('name', '!prod/')).toEqual(['dev/db']);
  expect(await filter('name', 'dev', 'prod/a')).toEqual(['prod/api', 'dev/db']);
  expect(await filter('description', 'the')).toEqual(['prod/db', 'dev/db']);
  expect(await filter('tag-key', 'own')).toEqual(['prod/api']);
  expect(await filter('tag-value', 'tier-')).toEqual(['prod/db', 'dev/db']);
  expect(await filter('all', 'OTHER owner')).toEqual(['prod/api', 'dev/db']);
  expect(
    await list({
      Filters: [
        { Key: 'name', Values: ['prod'] },
        { Key: 'tag-key', Values: ['tier'] },
      ],
    }),
  ).toEqual(['prod/db']);
  expect(await list({ SortBy: 'name', SortOrder: 'desc' })).toEqual(['prod/db', 'prod/api', 'dev/db']);
  const first = await secrets.listSecrets({ MaxResults: 2 });
  const rest = await secrets.listSecrets({ MaxResults: 2, NextToken: known(first.NextToken) });
  expect([first.SecretList?.length, rest.SecretList?.length, rest.NextToken]).toEqual([2, 1, undefined]);
  await expect(secrets.listSecrets({ NextToken: 'x' })).rejects.toMatchObject({
    name: 'InvalidNextTokenException',
  });
  const batch = await secrets.batchGetSecretValue({ SecretIdList: ['dev/db', 'none'] });
  expect(batch.SecretValues?.map((value) => value.SecretString)).toEqual(['dev/db']);
  expect(batch.Errors).toEqual([
    { SecretId: 'none', ErrorCode: 'ResourceNotFoundException', Message: missing.message },
  ]);
  const some = await secrets.batchGetSecretValue({ Filters: [{ Key: 'name', Values: ['prod'] }] });
  expect(some.SecretValues?.map((value) => value.SecretString)).toEqual(['prod/db', 'prod/api']);
  await expect(secrets.batchGetSecretValue({})).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('tags come and go', async () => {
  const { secrets } = await secretsManager();
  await secrets.createSecret({ Name: 's', SecretString: 'x', Tags: [{ Key: 'a', Value: '1' }] });
  await secrets.tagResource({
    SecretId: 's',
    Tags: [
      { Key: 'a', Value: '2' },
      { Key: 'b', Value: '3' },
    ],
  });
  const tags = async () => (await secrets.describeSecret({ SecretId: 's' })).Tags;
  expect(await tags()).toEqual([
    { Key: 'a', Value: '2' },
    { Key: 'b', Value: '3' },
  ]);
  await secrets.untagResource({ SecretId: 's', TagKeys: ['a', 'none'] });
  expect(await tags()).toEqual([{ Key: 'b', Value: '3' }]);
});

test('what a secret may not be is refused without repeating its value', async () => {
  const { secrets } = await secretsManager();
  const refusals = [
    secrets.createSecret({ Name: 'no spaces', SecretString: 'swordfish' }),
    secrets.createSecret({ Name: 'both', SecretString: 'swordfish', SecretBinary: new Uint8Array([1]) }),
    secrets.createSecret({ Name: 'long', SecretString: 'swordfish'.repeat(10_000) }),
    secrets.putSecretValue({ SecretId: 'none', SecretString: 'swordfish' }),
  ];
  const failures = await Promise.allSettled(refusals);
  expect(failures.map((each) => (each.status === 'rejected' ? each.reason.name : 'taken'))).toEqual([
    'ValidationException',
    'InvalidParameterException',
    'InvalidParameterException',
    'ResourceNotFoundException',
  ]);
  for (const each of failures)
    expect(each.status === 'rejected' && String(each.reason.message)).not.toContain('swordfish');
});

test('values outlive the engine, and no file of it has them in plain text', async () => {
  const { engine, secrets } = await secretsManager();
  const bytes = Buffer.from('binary-swordfish');
  await secrets.createSecret({ Name: 's', SecretString: 'plain-swordfish' });
  await secrets.createSecret({ Name: 'b', SecretBinary: bytes });
  const pid = engine.pid();
  process.kill(pid, 'SIGKILL');
  await eventually(() => engine.pid() !== pid || null, 'an engine that is started again');
  const again = secretsManagerOf(engine.folder);
  expect((await again.getSecretValue({ SecretId: 's' })).SecretString).toBe('plain-swordfish');
  expect((await again.getSecretValue({ SecretId: 'b' })).SecretBinary).toEqual(new Uint8Array(bytes));
  const files = readdirSync(engine.folder, { withFileTypes: true }).filter((file) => file.isFile());
  expect(files.map((file) => file.name)).toContain('state.db');
  for (const file of files) {
    const content = readFileSync(join(engine.folder, file.name));
    for (const text of ['plain-swordfish', 'binary-swordfish', bytes.toString('base64')])
      expect(content.includes(text), `${file.name} holds ${text}`).toBe(false);
  }
});

test('random passwords have what is asked of them', async () => {
  const { secrets } = await secretsManager();
  const kinds = { Lowercase: /[a-z]/, Uppercase: /[A-Z]/, Numbers: /[0-9]/, Punctuation: /[!-/:-@[-`{-~]/ };
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        PasswordLength: fc.integer({ min: 5, max: 40 }),
        ExcludeLowercase: fc.boolean(),
        ExcludeUppercase: fc.boolean(),
        ExcludeNumbers: fc.boolean(),
        ExcludePunctuation: fc.boolean(),
        IncludeSpace: fc.constant(true),
        ExcludeCharacters: fc.constantFrom('aA0', '"@/\\'),
      }),
      async (input) => {
        const { RandomPassword = '' } = await secrets.getRandomPassword(input);
        expect(RandomPassword).toHaveLength(input.PasswordLength);
        expect(RandomPassword).toContain(' ');
        for (const character of input.ExcludeCharacters) expect(RandomPassword).not.toContain(character);
        expect(Object.values(kinds).map((kind) => kind.test(RandomPassword))).toEqual([
          !input.ExcludeLowercase,
          !input.ExcludeUppercase,
          !input.ExcludeNumbers,
          !input.ExcludePunctuation,
        ]);
      },
    ),
    { numRuns: 50 },
  );
  expect((await secrets.getRandomPassword({})).RandomPassword).toHaveLength(32);
  await expect(secrets.getRandomPassword({ PasswordLength: 3 })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
});
