import type { LabelParameterVersionRequest, UnlabelParameterVersionRequest } from '@aws-sdk/client-ssm';
import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { existingParameter, existingVersion, labelsOf } from './find.ts';
import { validation } from './names.ts';

const mostLabels = 10;

/** A label that another version has leaves it. */
export function labelParameterVersion(core: Core, input: LabelParameterVersionRequest) {
  const row = existingParameter(core, input.Name ?? '');
  const { version } = existingVersion(row, input.ParameterVersion);
  const asked = input.Labels ?? [];
  if (asked.length === 0 || asked.length > mostLabels) {
    throw validation(
      `1 validation error detected: Value at 'labels' failed to satisfy constraint: Member must have length between 1 and ${mostLabels}.`,
    );
  }
  const invalid = asked.filter((label) => !isLabel(label));
  const valid = asked.filter(isLabel);
  const versions = row.versions.map((each) => {
    const others = labelsOf(each).filter((label) => !valid.includes(label));
    return { ...each, labels: each.version === version ? [...new Set([...others, ...valid])] : others };
  });
  if (versions.some((each) => each.labels.length > mostLabels)) {
    throw new ApiError(
      'ParameterVersionLabelLimitExceeded',
      'A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.',
    );
  }
  core.tables.parameters.put(row.name, { ...row, versions });
  return { InvalidLabels: invalid, ParameterVersion: version };
}

export function unlabelParameterVersion(core: Core, input: UnlabelParameterVersionRequest) {
  const row = existingParameter(core, input.Name ?? '');
  const before = existingVersion(row, input.ParameterVersion);
  const asked = input.Labels ?? [];
  const removed = asked.filter((label) => labelsOf(before).includes(label));
  core.tables.parameters.put(row.name, {
    ...row,
    versions: row.versions.map((each) =>
      each === before
        ? { ...each, labels: labelsOf(each).filter((label) => !removed.includes(label)) }
        : each,
    ),
  });
  return { RemovedLabels: removed, InvalidLabels: asked.filter((label) => !removed.includes(label)) };
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html */
const isLabel = (label: string): boolean =>
  /^[a-zA-Z_.-][a-zA-Z0-9_.-]{0,99}$/.test(label) && !/^(?:aws|ssm)/i.test(label);
