import type {
  DescribeParametersRequest,
  GetParameterHistoryRequest,
  ParameterHistory,
  ParameterMetadata,
} from '@aws-sdk/client-ssm';
import type { Core } from '../core.ts';
import { parameterArn } from '../model/arn.ts';
import type { ParameterRow, ParameterVersion } from '../model/parameters.ts';
import { page } from '../paging.ts';
import { descriptionFilters } from './filters.ts';
import { existingParameter, keyIdOf, labelsOf, shown, typeOf } from './find.ts';
import { invalidToken } from './names.ts';

export function describeParameters(core: Core, input: DescribeParametersRequest) {
  const matches = descriptionFilters(core, input.ParameterFilters ?? [], input.Filters ?? []);
  const rows = [...core.tables.parameters.all()]
    // None is shared with this account by another.
    .filter((row) => input.Shared !== true && matches(row))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, nextToken } = page(rows, input.NextToken, input.MaxResults ?? 50, invalidToken);
  return {
    Parameters: items.flatMap((row): ParameterMetadata[] => {
      const latest = row.versions.at(-1);
      if (latest === undefined) return [];
      return [{ ...about(core, row, latest), ARN: parameterArn(core.account, row.name) }];
    }),
    NextToken: nextToken,
  };
}

export function getParameterHistory(core: Core, input: GetParameterHistoryRequest) {
  const row = existingParameter(core, input.Name ?? '');
  const { items, nextToken } = page(row.versions, input.NextToken, input.MaxResults ?? 50, invalidToken);
  return {
    Parameters: items.map((version): ParameterHistory => ({
      ...about(core, row, version),
      Value: shown(core, row, version, input.WithDecryption === true),
      Labels: [...labelsOf(version)],
    })),
    NextToken: nextToken,
  };
}

function about(core: Core, row: ParameterRow, version: ParameterVersion) {
  const { dataType, tier, description, allowedPattern } = version.about ?? row;
  const keyId = keyIdOf(row, version);
  return {
    Name: row.name,
    Type: typeOf(row, version),
    ...(keyId === undefined ? {} : { KeyId: keyId }),
    LastModifiedDate: new Date(version.modifiedAt),
    LastModifiedUser: `arn:aws:iam::${core.account.accountId}:root`,
    ...(description === null ? {} : { Description: description }),
    ...(allowedPattern === undefined ? {} : { AllowedPattern: allowedPattern }),
    Version: version.version,
    Tier: tier,
    Policies: [],
    DataType: dataType,
  };
}
