import type {
  Action,
  RuleCondition,
  TargetGroup,
  LoadBalancer,
} from '@aws-sdk/client-elastic-load-balancing-v2';

export interface LoadBalancerRow {
  readonly arn: string;
  readonly name: string;
  readonly id: string;
  readonly scheme: NonNullable<LoadBalancer['Scheme']>;
  readonly createdAt: number;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** Those that were set. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface ListenerRow {
  readonly arn: string;
  readonly loadBalancerArn: string;
  readonly port: number;
  readonly protocol: 'HTTP';
  readonly createdAt: number;
  /** Those that were set. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A listener's default action is its rule of priority `default`. */
export interface RuleRow {
  readonly arn: string;
  readonly listenerArn: string;
  readonly priority: number | 'default';
  readonly conditions: readonly RuleCondition[];
  readonly actions: readonly Action[];
}

export interface TargetGroupRow {
  readonly arn: string;
  readonly name: string;
  readonly protocol: 'HTTP';
  readonly protocolVersion: NonNullable<TargetGroup['ProtocolVersion']>;
  readonly port: number;
  readonly vpcId: string | null;
  /** As it was asked for; here every target is an address. Absent in rows of an engine before: `ip`. */
  readonly targetType?: 'ip' | 'instance' | undefined;
  readonly health: HealthCheck;
  readonly attributes: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export interface HealthCheck {
  readonly enabled: boolean;
  readonly path: string;
  readonly port: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** `200`, `200,202` or `200-299`. */
  readonly matcher: string;
}

export interface TargetRow {
  readonly targetGroupArn: string;
  readonly id: string;
  readonly port: number;
  readonly state: 'registered' | 'draining';
  readonly since: number;
  /** The task it was registered for; null when a client did. */
  readonly taskArn: string | null;
}

export const targetKey = (target: {
  readonly targetGroupArn: string;
  readonly id: string;
  readonly port: number;
}): string => `${target.targetGroupArn} ${target.id}:${target.port}`;
