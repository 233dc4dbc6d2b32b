import { ApiError } from '../api/operations.ts';

/** CloudWatch's exceptions by the SDK's names. */
export const validationError = (message: string): ApiError => new ApiError('ValidationError', message);
export const invalidValue = (message: string): ApiError =>
  new ApiError('InvalidParameterValueException', message);
export const invalidCombination = (message: string): ApiError =>
  new ApiError('InvalidParameterCombinationException', message);
export const missingParameter = (message: string): ApiError =>
  new ApiError('MissingRequiredParameterException', message);
export const invalidToken = (): ApiError => new ApiError('InvalidNextToken', 'The next token is invalid.');
export const resourceNotFound = (message: string): ApiError => new ApiError('ResourceNotFound', message);
