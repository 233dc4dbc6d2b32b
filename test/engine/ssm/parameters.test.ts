import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { known, testEngine } from '../core/rig.ts';

test('the history tells every version as it was', async () => {
  const { clients } = await testEngine();
  const { ssm } = clients;
  await ssm.putParameter({ Name: '/a', Value: 'one', Type: 'String', Description: 'first' });
  await ssm.putParameter({ Name: '/a', Value: 'two', Description: 'second', Overwrite: true });
  await ssm.putParameter({ Name: '/a', Value: 'three', Tier: 'Advanced', Overwrite: true });
  const { Parameters } = await ssm.getParameterHistory({ Name: '/a' });
  expect(Parameters?.map((each) => [each.Version, each.Value, each.Description, each.Tier])).toEqual([
    [1, 'one', 'first', 'Standard'],
    [2, 'two', 'second', 'Standard'],
    [3, 'three', 'second', 'Advanced'],
  ]);
  expect(Parameters?.[0]).toMatchObject({
    Name: '/a',
    Type: 'String',
    Labels: [],
    LastModifiedUser: 'arn:aws:iam::000000000000:root',
    LastModifiedDate: expect.any(Date),
  });
  const page = await ssm.getParameterHistory({ Name: '/a', MaxResults: 2 });
  const rest = await ssm.getParameterHistory({ Name: '/a', MaxResults: 2, NextToken: known(page.NextToken) });
  expect([page.Parameters?.length, rest.Parameters?.[0]?.Version]).toEqual([2, 3]);
  await expect(ssm.getParameterHistory({ Name: '/none' })).rejects.toMatchObject({
    name: 'ParameterNotFound',
  });
});

test('labels name versions, move between them, and are refused where AWS refuses them', async () => {
  const { clients } = await testEngine();
  const { ssm } = clients;
  await ssm.putParameter({ Name: '/a', Value: 'one', Type: 'String' });
  await ssm.putParameter({ Name: '/a', Value: 'two', Overwrite: true });
  expect(
    await ssm.labelParameterVersion({ Name: '/a', Labels: ['blue', '1st', 'AWSome', 'ssm.x', 'no space'] }),
  ).toMatchObject({ ParameterVersion: 2, InvalidLabels: ['1st', 'AWSome', 'ssm.x', 'no space'] });
  const read = async (Name: string) => {
    const { Parameter } = await ssm.getParameter({ Name });
    return [Parameter?.Value, Parameter?.Version, Parameter?.Selector, Parameter?.Name];
  };
  expect(await read('/a:blue')).toEqual(['two', 2, ':blue', '/a']);
  await ssm.labelParameterVersion({ Name: '/a', ParameterVersion: 1, Labels: ['blue', 'old'] });
  expect(await read('/a:blue')).toEqual(['one', 1, ':blue', '/a']);
  expect(await read('arn:aws:ssm:us-east-1:000000000000:parameter/a:old')).toEqual(['one', 1, ':old', '/a']);
  const labels = async () =>
    (await ssm.getParameterHistory({ Name: '/a' })).Parameters?.map((each) => each.Labels);
  expect(await labels()).toEqual([['blue', 'old'], []]);
  expect(
    await ssm.unlabelParameterVersion({ Name: '/a', ParameterVersion: 1, Labels: ['blue', 'none'] }),
  ).toMatchObject({ RemovedLabels: ['blue'], InvalidLabels: ['none'] });
  expect(await labels()).toEqual([['old'], []]);
  await expect(read('/a:blue')).rejects.toMatchObject({
    name: 'ParameterVersionNotFound',
    message: 'Systems Manager could not find version blue of /a. Verify the version and try again.',
  });
  await expect(
    ssm.labelParameterVersion({ Name: '/a', ParameterVersion: 9, Labels: ['x'] }),
  ).rejects.toMatchObject({ name: 'ParameterVersionNotFound' });
  await expect(ssm.labelParameterVersion({ Name: '/b', Labels: ['x'] })).rejects.toMatchObject({
    name: 'ParameterNotFound',
  });
  const many = (from: number) => Array.from({ length: 9 }, (_, index) => `l${from + index}`);
  await ssm.labelParameterVersion({ Name: '/a', ParameterVersion: 1, Labels: many(0) });
  await expect(
    ssm.labelParameterVersion({ Name: '/a', ParameterVersion: 1, Labels: many(9) }),
  ).rejects.toMatchObject({ name: 'ParameterVersionLabelLimitExceeded' });
  expect(await ssm.getParameters({ Names: ['/a:old', '/a:l3', '/a:gone'] })).toMatchObject({
    Parameters: [{ Selector: ':old' }, { Selector: ':l3' }],
    InvalidParameters: ['/a:gone'],
  });
});

test('of a hundred versions the oldest goes, unless it has a label', async () => {
  const { clients } = await testEngine();
  const { ssm } = clients;
  const put = (Value: string) => ssm.putParameter({ Name: '/a', Value, Type: 'String', Overwrite: true });
  for (let version = 1; version <= 101; version += 1) await put(`v${version}`);
  await expect(ssm.getParameter({ Name: '/a:1' })).rejects.toMatchObject({
    name: 'ParameterVersionNotFound',
  });
  await ssm.labelParameterVersion({ Name: '/a', ParameterVersion: 2, Labels: ['keep'] });
  await expect(put('v102')).rejects.toMatchObject({ name: 'ParameterMaxVersionLimitExceeded' });
  expect((await ssm.getParameter({ Name: '/a' })).Parameter?.Value).toBe('v101');
});

describe('a change of type', () => {
  test('leaves every version what it was: an old secret is shown to nobody who may not decrypt', async () => {
    const { clients, folder } = await testEngine();
    const { ssm } = clients;
    const put = (Value: string, Type: 'String' | 'SecureString') =>
      ssm.putParameter({ Name: '/a', Value, Type, Overwrite: true });
    await put('plain', 'String');
    await put('swordfish', 'SecureString');
    await put('public', 'String');
    const read = async (Name: string, WithDecryption: boolean) => {
      const { Parameter } = await ssm.getParameter({ Name, WithDecryption });
      return [Parameter?.Type, Parameter?.Value];
    };
    expect([await read('/a:1', false), await read('/a:1', true)]).toEqual([
      ['String', 'plain'],
      ['String', 'plain'],
    ]);
    expect(await read('/a:2', true)).toEqual(['SecureString', 'swordfish']);
    expect((await read('/a:2', false))[1]).not.toContain('swordfish');
    expect(await read('/a', false)).toEqual(['String', 'public']);
    const history = async (WithDecryption: boolean) =>
      (await ssm.getParameterHistory({ Name: '/a', WithDecryption })).Parameters?.map((each) => each.Value);
    expect(await history(true)).toEqual(['plain', 'swordfish', 'public']);
    expect((await history(false))?.join()).not.toContain('swordfish');
    for (const name of readdirSync(folder).filter((file) => /^state\.db|\.log$/.test(file)))
      expect(readFileSync(join(folder, name), 'latin1'), name).not.toContain('swordfish');
  });
});

test('parameters are described by filters', async () => {
  const { clients } = await testEngine();
  const { ssm } = clients;
  await ssm.putParameter({
    Name: '/dev/api/token',
    Value: 'x',
    Type: 'SecureString',
    Tags: [{ Key: 'team', Value: 'web' }],
  });
  await ssm.putParameter({ Name: '/dev/level', Value: 'info', Type: 'String', AllowedPattern: '^[a-z]+$' });
  await ssm.putParameter({ Name: 'plain', Value: 'a,b', Type: 'StringList', Tier: 'Advanced' });
  const described = async (
    ParameterFilters: { Key: string; Option?: string; Values?: string[] }[],
  ): Promise<(string | undefined)[] | undefined> =>
    (await ssm.describeParameters({ ParameterFilters })).Parameters?.map((each) => each.Name);
  expect((await ssm.describeParameters({})).Parameters?.map((each) => [each.Name, each.KeyId])).toEqual([
    ['/dev/api/token', 'alias/aws/ssm'],
    ['/dev/level', undefined],
    ['plain', undefined],
  ]);
  expect((await ssm.describeParameters({})).Parameters?.[1]).toMatchObject({
    ARN: 'arn:aws:ssm:us-east-1:000000000000:parameter/dev/level',
    AllowedPattern: '^[a-z]+$',
    Version: 1,
    Policies: [],
    DataType: 'text',
  });
  const cases: [{ Key: string; Option?: string; Values?: string[] }, string[]][] = [
    [{ Key: 'Name', Values: ['/dev/level'] }, ['/dev/level']],
    [{ Key: 'Name', Option: 'Contains', Values: ['e'] }, ['/dev/api/token', '/dev/level']],
    [
      { Key: 'Name', Option: 'BeginsWith', Values: ['/dev', 'pl'] },
      ['/dev/api/token', '/dev/level', 'plain'],
    ],
    [{ Key: 'Type', Values: ['SecureString', 'StringList'] }, ['/dev/api/token', 'plain']],
    [{ Key: 'Path', Values: ['/dev'] }, ['/dev/level']],
    [{ Key: 'Path', Option: 'Recursive', Values: ['/dev'] }, ['/dev/api/token', '/dev/level']],
    [{ Key: 'Path', Option: 'OneLevel', Values: ['/'] }, ['plain']],
    [{ Key: 'Tier', Values: ['Advanced'] }, ['plain']],
    [{ Key: 'KeyId', Values: ['alias/aws/ssm'] }, ['/dev/api/token']],
    [{ Key: 'tag:team', Values: ['web', 'api'] }, ['/dev/api/token']],
    [{ Key: 'tag:team' }, ['/dev/api/token']],
    [{ Key: 'tag:team', Values: ['api'] }, []],
  ];
  for (const [filter, names] of cases)
    expect(await described([filter]), JSON.stringify(filter)).toEqual(names);
  expect(
    await described([
      { Key: 'Path', Option: 'Recursive', Values: ['/dev'] },
      { Key: 'Type', Values: ['String'] },
    ]),
  ).toEqual(['/dev/level']);
  const former = await ssm.describeParameters({ Filters: [{ Key: 'Name', Values: ['/dev'] }] });
  expect(former.Parameters?.map((each) => each.Name)).toEqual(['/dev/api/token', '/dev/level']);
  const refusals: [{ Key: string; Option?: string; Values?: string[] }[], string, string][] = [
    [
      [{ Key: 'Colour', Values: ['x'] }],
      'InvalidFilterKey',
      'The following filter key is not valid: Colour. Valid filter keys include: [Name, Type, KeyId, Path, Tier, DataType].',
    ],
    [
      [{ Key: 'Path', Option: 'Equals', Values: ['/x'] }],
      'InvalidFilterOption',
      'The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel].',
    ],
    [
      [{ Key: 'Type', Values: ['x'] }],
      'InvalidFilterValue',
      'The following filter value is not valid: x. Valid values include: [String, StringList, SecureString]',
    ],
    [
      [
        { Key: 'Name', Values: ['x'] },
        { Key: 'Name', Values: ['y'] },
      ],
      'InvalidFilterKey',
      'The following filter is duplicated in the request: Name. A request can contain only one occurrence of a specific filter.',
    ],
  ];
  for (const [ParameterFilters, name, message] of refusals)
    await expect(ssm.describeParameters({ ParameterFilters })).rejects.toMatchObject({ name, message });
});

test('a path is read by type, key and label', async () => {
  const { clients } = await testEngine();
  const { ssm } = clients;
  await ssm.putParameter({ Name: '/app/a', Value: 'a1', Type: 'String' });
  await ssm.labelParameterVersion({ Name: '/app/a', Labels: ['prod'] });
  await ssm.putParameter({ Name: '/app/a', Value: 'a2', Overwrite: true });
  await ssm.putParameter({ Name: '/app/b', Value: 'b1', Type: 'SecureString' });
  const read = async (Key: string, Values: string[], Option?: string) =>
    (
      await ssm.getParametersByPath({
        Path: '/app',
        WithDecryption: true,
        ParameterFilters: [{ Key, Values, ...(Option === undefined ? {} : { Option }) }],
      })
    ).Parameters?.map((each) => each.Value);
  expect(await read('Type', ['SecureString'])).toEqual(['b1']);
  expect(await read('KeyId', ['alias/'], 'BeginsWith')).toEqual(['b1']);
  expect(await read('Label', ['prod'])).toEqual(['a1']);
  await expect(read('Label', ['prod'], 'BeginsWith')).rejects.toMatchObject({ name: 'InvalidFilterOption' });
  await expect(read('Name', ['a'])).rejects.toMatchObject({ name: 'InvalidFilterKey' });
});

test('tags are put on parameters, listed and taken off', async () => {
  const { clients } = await testEngine();
  const { ssm } = clients;
  await ssm.putParameter({ Name: '/a', Value: 'x', Type: 'String', Tags: [{ Key: 'team', Value: 'web' }] });
  const resource = { ResourceType: 'Parameter', ResourceId: '/a' } as const;
  await ssm.addTagsToResource({
    ...resource,
    Tags: [
      { Key: 'team', Value: 'api' },
      { Key: 'stage', Value: 'dev' },
    ],
  });
  await ssm.removeTagsFromResource({ ...resource, TagKeys: ['stage'] });
  expect((await ssm.listTagsForResource(resource)).TagList).toEqual([{ Key: 'team', Value: 'api' }]);
  await ssm.deleteParameter({ Name: '/a' });
  await expect(ssm.listTagsForResource(resource)).rejects.toMatchObject({ name: 'InvalidResourceId' });
  await ssm.putParameter({ Name: '/a', Value: 'x', Type: 'String' });
  expect((await ssm.listTagsForResource(resource)).TagList).toEqual([]);
  await expect(ssm.listTagsForResource({ ResourceType: 'Document', ResourceId: '/a' })).rejects.toMatchObject(
    { name: 'InvalidResourceType' },
  );
});
