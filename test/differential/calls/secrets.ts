import type { Tag } from '@aws-sdk/client-secrets-manager';
import fc from 'fast-check';
import { call, made } from '../call.ts';
import type { Calls } from '../sequences.ts';

export const secrets: Calls = (prefix) => {
  const name = fc.constantFrom(`${prefix}db`, `${prefix}app/key`);
  const value = fc.constantFrom('swordfish', '{"user":"shop"}');
  const tags = fc.constantFrom<Tag[][]>([{ Key: 'team', Value: 'shop' }], [{ Key: 'stage', Value: '' }]);
  const stage = fc.constantFrom('AWSCURRENT', 'AWSPREVIOUS', 'AWSPENDING', 'blue');

  const create = fc
    .record(
      { Name: name, SecretString: value, Description: fc.constant('what it is'), Tags: tags },
      { requiredKeys: ['Name'] },
    )
    .map((said) =>
      call('CreateSecret', said, ({ secrets }) => secrets.createSecret(said), {
        [said.Name]: (answer) => answer.ARN,
        [`${said.Name} first`]: (answer) => answer.VersionId,
        [`${said.Name} last`]: (answer) => answer.VersionId,
      }),
    );
  const get = fc
    .record({ SecretId: name, VersionStage: fc.option(stage, { nil: undefined }) })
    .map((said) => call('GetSecretValue', said, ({ secrets }) => secrets.getSecretValue(said)));
  const getByArn = name.map((name) =>
    call('GetSecretValue', { arn: name }, (party) =>
      party.secrets.getSecretValue({ SecretId: made(party, name) }),
    ),
  );
  const getVersion = fc
    .tuple(name, fc.constantFrom('first', 'last'))
    .map(([name, which]) =>
      call('GetSecretValue', { name, which }, (party) =>
        party.secrets.getSecretValue({ SecretId: name, VersionId: made(party, `${name} ${which}`) }),
      ),
    );
  const put = fc
    .record({
      SecretId: name,
      SecretString: value,
      VersionStages: fc.constantFrom<(string[] | undefined)[]>(
        undefined,
        ['AWSPENDING'],
        ['AWSCURRENT'],
        ['AWSCURRENT', 'blue'],
      ),
    })
    .map((said) =>
      call('PutSecretValue', said, ({ secrets }) => secrets.putSecretValue(said), {
        [`${said.SecretId} last`]: (answer) => answer.VersionId,
      }),
    );
  const update = fc
    .record(
      { SecretId: name, SecretString: value, Description: fc.constant('what it became') },
      { requiredKeys: ['SecretId'] },
    )
    .map((said) => call('UpdateSecret', said, ({ secrets }) => secrets.updateSecret(said)));
  const move = fc.record({ name, stage: fc.constantFrom('AWSCURRENT', 'blue') }).map(({ name, stage }) =>
    call('UpdateSecretVersionStage', { name, stage }, (party) =>
      party.secrets.updateSecretVersionStage({
        SecretId: name,
        VersionStage: stage,
        MoveToVersionId: made(party, `${name} last`),
        RemoveFromVersionId: made(party, `${name} first`),
      }),
    ),
  );
  const describe = name.map((SecretId) =>
    call('DescribeSecret', SecretId, ({ secrets }) => secrets.describeSecret({ SecretId })),
  );
  const versions = fc
    .record({ SecretId: name, IncludeDeprecated: fc.constantFrom(undefined, true) })
    .map((said) => call('ListSecretVersionIds', said, ({ secrets }) => secrets.listSecretVersionIds(said)));
  const list = fc.constant(
    call('ListSecrets', prefix, ({ secrets }) =>
      secrets.listSecrets({ Filters: [{ Key: 'name', Values: [prefix] }] }),
    ),
  );
  const remove = fc
    .record(
      {
        SecretId: name,
        RecoveryWindowInDays: fc.constantFrom(7, 30),
        ForceDeleteWithoutRecovery: fc.boolean(),
      },
      { requiredKeys: ['SecretId'] },
    )
    .map((said) => call('DeleteSecret', said, ({ secrets }) => secrets.deleteSecret(said)));
  const restore = name.map((SecretId) =>
    call('RestoreSecret', SecretId, ({ secrets }) => secrets.restoreSecret({ SecretId })),
  );
  const tag = fc
    .record({ SecretId: name, Tags: tags })
    .map((said) => call('TagResource', said, ({ secrets }) => secrets.tagResource(said)));
  const untag = fc
    .record({ SecretId: name, TagKeys: fc.constantFrom<string[][]>(['team'], ['absent']) })
    .map((said) => call('UntagResource', said, ({ secrets }) => secrets.untagResource(said)));
  return {
    first: [],
    any: fc.oneof(
      { weight: 4, arbitrary: create },
      { weight: 3, arbitrary: put },
      { weight: 2, arbitrary: get },
      getByArn,
      getVersion,
      update,
      move,
      { weight: 2, arbitrary: describe },
      versions,
      list,
      remove,
      { weight: 2, arbitrary: restore },
      tag,
      untag,
    ),
  };
};
