import type { StsOperations } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { assumeRole, getCallerIdentity, getSessionToken } from './identity.ts';

export function stsOperations(core: Core): StsOperations {
  return {
    GetCallerIdentity: (_input, context) => getCallerIdentity(core, context),
    AssumeRole: (input, context) => assumeRole(core, input, context),
    GetSessionToken: (input, context) => getSessionToken(core, input, context),
  };
}
