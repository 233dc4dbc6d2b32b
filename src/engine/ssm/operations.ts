import type { SsmOperations } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { transactional } from '../operation.ts';
import { describeParameters, getParameterHistory } from './description.ts';
import { labelParameterVersion, unlabelParameterVersion } from './labels.ts';
import {
  deleteParameter,
  deleteParameters,
  getParameter,
  getParameters,
  getParametersByPath,
  putParameter,
} from './parameters.ts';
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from './tags.ts';

export function ssmOperations(core: Core): SsmOperations {
  return {
    PutParameter: transactional(core, putParameter),
    GetParameter: transactional(core, getParameter),
    GetParameters: transactional(core, getParameters),
    GetParametersByPath: transactional(core, getParametersByPath),
    GetParameterHistory: transactional(core, getParameterHistory),
    DescribeParameters: transactional(core, describeParameters),
    DeleteParameter: transactional(core, deleteParameter),
    DeleteParameters: transactional(core, deleteParameters),
    LabelParameterVersion: transactional(core, labelParameterVersion),
    UnlabelParameterVersion: transactional(core, unlabelParameterVersion),
    AddTagsToResource: transactional(core, addTagsToResource),
    RemoveTagsFromResource: transactional(core, removeTagsFromResource),
    ListTagsForResource: transactional(core, listTagsForResource),
  };
}
