import type { SsmOperations } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { transactional } from '../operation.ts';
import {
  deleteParameter,
  deleteParameters,
  getParameter,
  getParameters,
  getParametersByPath,
  putParameter,
} from './parameters.ts';

export function ssmOperations(core: Core): SsmOperations {
  return {
    PutParameter: transactional(core, putParameter),
    GetParameter: transactional(core, getParameter),
    GetParameters: transactional(core, getParameters),
    GetParametersByPath: transactional(core, getParametersByPath),
    DeleteParameter: transactional(core, deleteParameter),
    DeleteParameters: transactional(core, deleteParameters),
  };
}
