import { ApiError } from '../api/operations.ts';

export const validation = (message: string): ApiError => new ApiError('ValidationException', message);
export const objectNotFound = (message: string): ApiError => new ApiError('ObjectNotFoundException', message);
export const invalidToken = (): ApiError =>
  new ApiError('InvalidNextTokenException', 'The next token is not valid.');
