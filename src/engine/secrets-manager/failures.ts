import { ApiError } from '../api/operations.ts';

export const invalidRequest = (message: string): ApiError => new ApiError('InvalidRequestException', message);
export const invalidParameter = (message: string): ApiError =>
  new ApiError('InvalidParameterException', message);
export const validation = (message: string): ApiError => new ApiError('ValidationException', message);
export const alreadyExists = (message: string): ApiError => new ApiError('ResourceExistsException', message);
export const invalidToken = (): ApiError =>
  new ApiError('InvalidNextTokenException', 'The NextToken value is invalid.');
export const notFound = (what = 'the specified secret.'): ApiError =>
  new ApiError('ResourceNotFoundException', `Secrets Manager can't find ${what}`);
