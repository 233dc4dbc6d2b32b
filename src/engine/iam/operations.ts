import type { IamOperations } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { getRole } from './roles.ts';

export function iamOperations(core: Core): IamOperations {
  return { GetRole: (input) => getRole(core, input) };
}
