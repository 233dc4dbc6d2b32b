import fc from 'fast-check';
import { call } from '../call.ts';
import type { Calls } from '../sequences.ts';

export const parameters: Calls = (prefix) => {
  const name = fc.constantFrom(
    ...['a', 'b', 'deep/c', 'deep/deeper/d'].map((name) => `/${prefix}shop/${name}`),
  );
  const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
  const decrypted = fc.constantFrom(true, undefined);
  const selector = fc.constantFrom('', ':1', ':2', ':7', ':blue');
  const tags = [{ Key: 'team', Value: 'shop' }];

  const put = fc
    .record(
      {
        Name: name,
        Value: fc.constantFrom('one', 'two', 'x,y'),
        Type: fc.constantFrom('String' as const, 'SecureString' as const, 'StringList' as const),
        Overwrite: fc.boolean(),
        Description: fc.constantFrom('what it is'),
        AllowedPattern: fc.constant('^.+$'),
        Tier: fc.constantFrom('Standard' as const, 'Advanced' as const),
      },
      { requiredKeys: ['Name', 'Value', 'Type', 'Overwrite'] },
    )
    .map((said) => call('PutParameter', said, ({ ssm }) => ssm.putParameter(said)));
  const putTagged = name.map((Name) =>
    call('PutParameter', { Name, tags }, ({ ssm }) =>
      ssm.putParameter({ Name, Value: 'tagged', Type: 'String', Tags: tags }),
    ),
  );
  const get = fc
    .record({ Name: fc.tuple(name, selector).map((parts) => parts.join('')), WithDecryption: decrypted })
    .map((said) => call('GetParameter', said, ({ ssm }) => ssm.getParameter(said)));
  const getSeveral = fc
    .record({ Names: names, WithDecryption: decrypted })
    .map((said) => call('GetParameters', said, ({ ssm }) => ssm.getParameters(said)));
  const byPath = fc
    .record({
      Path: fc.constantFrom(`/${prefix}shop`, `/${prefix}shop/deep`, `/${prefix}shop/`, `/${prefix}none`),
      Recursive: fc.boolean(),
      WithDecryption: decrypted,
    })
    .map((said) => call('GetParametersByPath', said, ({ ssm }) => ssm.getParametersByPath(said)));
  const history = fc
    .record({ Name: name, WithDecryption: decrypted })
    .map((said) => call('GetParameterHistory', said, ({ ssm }) => ssm.getParameterHistory(said)));
  const describe = fc.record({ Name: name }).map((said) =>
    call('DescribeParameters', said, ({ ssm }) =>
      ssm.describeParameters({
        ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: [said.Name] }],
      }),
    ),
  );
  const label = fc
    .record({
      Name: name,
      ParameterVersion: fc.constantFrom(undefined, 1, 2, 7),
      Labels: fc.uniqueArray(fc.constantFrom('blue', 'green', 'aws-no', '1st'), {
        minLength: 1,
        maxLength: 2,
      }),
    })
    .map((said) => call('LabelParameterVersion', said, ({ ssm }) => ssm.labelParameterVersion(said)));
  const unlabel = fc
    .record({ Name: name, ParameterVersion: fc.constantFrom(1, 2), Labels: fc.constant<string[]>(['blue']) })
    .map((said) => call('UnlabelParameterVersion', said, ({ ssm }) => ssm.unlabelParameterVersion(said)));
  const remove = name.map((Name) =>
    call('DeleteParameter', Name, ({ ssm }) => ssm.deleteParameter({ Name })),
  );
  const removeSeveral = names.map((Names) =>
    call('DeleteParameters', Names, ({ ssm }) => ssm.deleteParameters({ Names })),
  );
  const tag = fc
    .tuple(name, fc.constantFrom('team', 'stage'))
    .map(([ResourceId, Key]) =>
      call('AddTagsToResource', { ResourceId, Key }, ({ ssm }) =>
        ssm.addTagsToResource({ ResourceType: 'Parameter', ResourceId, Tags: [{ Key, Value: 'x' }] }),
      ),
    );
  const untag = name.map((ResourceId) =>
    call('RemoveTagsFromResource', ResourceId, ({ ssm }) =>
      ssm.removeTagsFromResource({ ResourceType: 'Parameter', ResourceId, TagKeys: ['team'] }),
    ),
  );
  const listTags = name.map((ResourceId) =>
    call('ListTagsForResource', ResourceId, ({ ssm }) =>
      ssm.listTagsForResource({ ResourceType: 'Parameter', ResourceId }),
    ),
  );
  return {
    first: [],
    any: fc.oneof(
      { weight: 6, arbitrary: put },
      putTagged,
      { weight: 3, arbitrary: get },
      getSeveral,
      byPath,
      history,
      describe,
      label,
      unlabel,
      remove,
      removeSeveral,
      tag,
      untag,
      listTags,
    ),
  };
};
