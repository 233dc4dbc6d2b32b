import type { Secret } from '@aws-sdk/client-ecs';
import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { isArn } from '../model/arn.ts';
import { secretValue } from '../secrets-manager/values.ts';
import { parameterValue } from '../ssm/find.ts';
import { TaskStartError } from '../tasks/runtime.ts';

/**
 * The environment that a container's `secrets` make. Throws `TaskStartError` in ECS's words for what cannot be had; a value
 * is never part of them.
 */
export function containerSecrets(
  core: Core,
  secrets: readonly Secret[],
  now: number,
): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  const missing: string[] = [];
  for (const { name = '', valueFrom = '' } of secrets) {
    const value = valueFrom.startsWith('arn:aws:secretsmanager:')
      ? fromSecret(core, valueFrom, now)
      : fromParameter(core, valueFrom);
    if (value === null) missing.push(valueFrom);
    else environment[name] = value;
  }
  if (missing.length > 0)
    throw unable(`secrets from ssm: ${retried}: invalid ssm parameters: ${missing.join(', ')}`);
  return environment;
}

const retried = 'service call has been retried 1 time(s)';

const unable = (what: string): TaskStartError =>
  new TaskStartError(
    'ResourceInitializationError',
    `unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ${what}`,
  );

function fromParameter(core: Core, valueFrom: string): string | null {
  if (isArn(valueFrom) && !valueFrom.startsWith('arn:aws:ssm:'))
    throw unable(`secrets: ${valueFrom} is neither of AWS Systems Manager nor of AWS Secrets Manager`);
  return parameterValue(core, valueFrom);
}

/** `arn:aws:secretsmanager:region:account:secret:name` and, after it, `:json-key:version-stage:version-id`, each of which may be empty. */
function fromSecret(core: Core, valueFrom: string, now: number): string {
  const parts = valueFrom.split(':');
  if (parts.length !== 7 && parts.length !== 10) {
    throw unable(
      `secret from asm: ${retried}: an invalid ARN format for the AWS Secrets Manager secret was specified. Specify a valid ARN and try again.`,
    );
  }
  const arn = parts.slice(0, 7).join(':');
  const [key = '', stage = '', version = ''] = parts.slice(7);
  const text = secretText(
    core,
    {
      SecretId: arn,
      ...(stage === '' ? {} : { VersionStage: stage }),
      ...(version === '' ? {} : { VersionId: version }),
    },
    now,
  );
  return key === '' ? text : member(text, key);
}

function secretText(core: Core, wanted: Parameters<typeof secretValue>[1], now: number): string {
  try {
    const { value } = secretValue(core, wanted, now);
    // ECS reads SecretString alone.
    return value.kind === 'string' ? value.text : '';
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    throw unable(
      `secret from asm: ${retried}: failed to fetch secret ${wanted.SecretId} from secrets manager: ${failure.code}: ${failure.message}`,
    );
  }
}

function member(text: string, key: string): string {
  const members = parsed(text);
  if (!Object.hasOwn(members, key)) {
    throw unable(
      `secret from asm: ${retried}: retrieved secret from Secrets Manager did not contain json key ${key}`,
    );
  }
  return written(Reflect.get(members, key));
}

/** ECS names the character at which the reading failed; that is one of the secret's. */
function parsed(text: string): object {
  const invalid = unable(`secret from asm: ${retried}: invalid character looking for beginning of value`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid;
  return value;
}

/** As the agent of ECS, which is written in Go, prints a value of any type: `%v`. */
function written(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(written).join(' ')}]`;
  if (typeof value !== 'object' || value === null) return '<nil>';
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${members.map(([name, each]) => `${name}:${written(each)}`).join(' ')}]`;
}
