/** Names of things as AWS spells them. */
export interface Account {
  readonly region: string;
  readonly accountId: string;
}

const arn = (account: Account, service: string, resource: string): string =>
  `arn:aws:${service}:${account.region}:${account.accountId}:${resource}`;

export const clusterArn = (account: Account, name: string): string => arn(account, 'ecs', `cluster/${name}`);
export const capacityProviderArn = (account: Account, name: string): string =>
  arn(account, 'ecs', `capacity-provider/${name}`);
export const serviceArn = (account: Account, cluster: string, name: string): string =>
  arn(account, 'ecs', `service/${cluster}/${name}`);
export const taskArn = (account: Account, cluster: string, id: string): string =>
  arn(account, 'ecs', `task/${cluster}/${id}`);
export const containerArn = (account: Account, cluster: string, task: string, id: string): string =>
  arn(account, 'ecs', `container/${cluster}/${task}/${id}`);
export const taskDefinitionArn = (account: Account, family: string, revision: number): string =>
  arn(account, 'ecs', `task-definition/${family}:${revision}`);
export const serviceDeploymentArn = (
  account: Account,
  cluster: string,
  service: string,
  id: string,
): string => arn(account, 'ecs', `service-deployment/${cluster}/${service}/${id}`);
export const serviceRevisionArn = (account: Account, cluster: string, service: string, id: string): string =>
  arn(account, 'ecs', `service-revision/${cluster}/${service}/${id}`);

export const loadBalancerArn = (account: Account, name: string, id: string): string =>
  arn(account, 'elasticloadbalancing', `loadbalancer/app/${name}/${id}`);
export const targetGroupArn = (account: Account, name: string, id: string): string =>
  arn(account, 'elasticloadbalancing', `targetgroup/${name}/${id}`);
/** A listener's ARN is its load balancer's, one level deeper; a rule's is its listener's. */
export const listenerArn = (loadBalancer: string, id: string): string =>
  `${loadBalancer.replace(':loadbalancer/', ':listener/')}/${id}`;
export const ruleArn = (listener: string, id: string): string =>
  `${listener.replace(':listener/', ':listener-rule/')}/${id}`;

/** `/a/b` and `a` both follow `parameter` with exactly one slash. */
export const parameterArn = (account: Account, name: string): string =>
  arn(account, 'ssm', `parameter${name.startsWith('/') ? '' : '/'}${name}`);

export const logGroupArn = (account: Account, name: string): string =>
  arn(account, 'logs', `log-group:${name}:*`);
export const logStreamArn = (account: Account, group: string, name: string): string =>
  arn(account, 'logs', `log-group:${group}:log-stream:${name}`);

/** The part of an ARN after its last slash; a plain name is itself. */
export const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

export const isArn = (name: string): boolean => name.startsWith('arn:');
