import { ApiError } from '../api/operations.ts';

/** ECS's exceptions, by their names and with their words. */
export const clientException = (message: string): ApiError => new ApiError('ClientException', message);
export const invalidParameter = (message: string): ApiError =>
  new ApiError('InvalidParameterException', message);
export const unsupportedFeature = (message: string): ApiError =>
  new ApiError('UnsupportedFeatureException', message);
export const clusterNotFound = (): ApiError => new ApiError('ClusterNotFoundException', 'Cluster not found.');
export const serviceNotFound = (): ApiError => new ApiError('ServiceNotFoundException', 'Service not found.');
export const serviceNotActive = (): ApiError =>
  new ApiError('ServiceNotActiveException', 'Service was not ACTIVE.');
export const deploymentNotFound = (arn: string): ApiError =>
  new ApiError('ServiceDeploymentNotFoundException', `The service deployment ${arn} was not found.`);
export const conflict = (message: string): ApiError => new ApiError('ConflictException', message);
export const invalidToken = (): ApiError => invalidParameter('Invalid token.');
