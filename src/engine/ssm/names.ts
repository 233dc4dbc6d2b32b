import { ApiError } from '../api/operations.ts';
import { isArn } from '../model/arn.ts';

export const validation = (message: string): ApiError => new ApiError('ValidationException', message);
export const parameterNotFound = (name: string): ApiError =>
  new ApiError('ParameterNotFound', `Parameter ${name} not found.`);

export const versionNotFound = (name: string, version: string): ApiError =>
  new ApiError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
export const invalidToken = (): ApiError =>
  new ApiError('InvalidNextToken', 'The specified token is not valid.');

/** A parameter's name and, with its colon, the version or label that is asked for. */
export interface Selection {
  readonly name: string;
  readonly selector: string | undefined;
}

/** `/a/b`, `/a/b:3`, `/a/b:label`, or an ARN of any of them. */
export function selection(text: string): Selection {
  const name = isArn(text) ? nameInArn(text) : text;
  const colon = name.lastIndexOf(':');
  if (colon < 0) return { name, selector: undefined };
  return { name: name.slice(0, colon), selector: name.slice(colon) };
}

/** `…:parameter/a/b` names `/a/b`; of a name without slashes the ARN does not tell, so it is `a`. */
function nameInArn(arn: string): string {
  const path = arn.slice(arn.indexOf(':parameter/') + ':parameter'.length);
  return path.indexOf('/', 1) < 0 ? path.slice(1) : path;
}

export function checkName(name: string): void {
  if (!/^[a-zA-Z0-9_.\-/]{1,2048}$/.test(name)) {
    throw validation(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  if (name.includes('/') && !name.startsWith('/'))
    throw validation('Parameter name must be a fully qualified name.');
  if (/^\/?(?:aws|ssm)/i.test(name))
    throw validation('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  if (name.endsWith('/') || name.includes('//'))
    throw validation(`Parameter name: ${name} must not have an empty sub-path.`);
  if (name.split('/').length - 1 > 15) {
    throw new ApiError(
      'HierarchyLevelLimitExceededException',
      'The hierarchy of a parameter name can have at most 15 levels.',
    );
  }
}
