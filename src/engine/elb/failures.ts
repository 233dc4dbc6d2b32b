import { ApiError } from '../api/operations.ts';

/** ELBv2's exceptions by the SDK's names. */
export const loadBalancerNotFound = (arn: string): ApiError =>
  new ApiError('LoadBalancerNotFoundException', `Load balancer '${arn}' not found`);
export const listenerNotFound = (arn: string): ApiError =>
  new ApiError('ListenerNotFoundException', `Listener '${arn}' not found`);
export const ruleNotFound = (arn: string): ApiError =>
  new ApiError('RuleNotFoundException', `Rule '${arn}' not found`);
export const targetGroupNotFound = (arn: string): ApiError =>
  new ApiError('TargetGroupNotFoundException', `One or more target groups not found: '${arn}'`);
export const invalidConfiguration = (message: string): ApiError =>
  new ApiError('InvalidConfigurationRequestException', message);
export const validationError = (message: string): ApiError => new ApiError('ValidationError', message);
export const resourceInUse = (message: string): ApiError => new ApiError('ResourceInUseException', message);
export const operationNotPermitted = (message: string): ApiError =>
  new ApiError('OperationNotPermittedException', message);
export const invalidMarker = (): ApiError => validationError('The marker is invalid.');
export const invalidLoadBalancerAction = (message: string): ApiError =>
  new ApiError('InvalidLoadBalancerActionException', message);
export const missingField = (type: string, field: string): ApiError =>
  invalidLoadBalancerAction(
    `For actions of type '${type}', you must specify the following fields: '${field}'`,
  );
