import type { SecretsManagerOperations } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { transactional } from '../operation.ts';
import { describeSecret, listSecrets, listSecretVersionIds } from './description.ts';
import { getRandomPassword } from './password.ts';
import {
  createSecret,
  deleteSecret,
  putSecretValue,
  restoreSecret,
  updateSecret,
  updateSecretVersionStage,
} from './secrets.ts';
import { tagResource, untagResource } from './tags.ts';
import { batchGetSecretValue, getSecretValue } from './values.ts';

export function secretsManagerOperations(core: Core): SecretsManagerOperations {
  return {
    CreateSecret: transactional(core, createSecret),
    GetSecretValue: transactional(core, getSecretValue),
    BatchGetSecretValue: transactional(core, batchGetSecretValue),
    PutSecretValue: transactional(core, putSecretValue),
    UpdateSecret: transactional(core, updateSecret),
    UpdateSecretVersionStage: transactional(core, updateSecretVersionStage),
    DescribeSecret: transactional(core, describeSecret),
    ListSecrets: transactional(core, listSecrets),
    ListSecretVersionIds: transactional(core, listSecretVersionIds),
    DeleteSecret: transactional(core, deleteSecret),
    RestoreSecret: transactional(core, restoreSecret),
    TagResource: transactional(core, tagResource),
    UntagResource: transactional(core, untagResource),
    GetRandomPassword: transactional(core, getRandomPassword),
  };
}
