import type {
  DescribeAccountLimitsInput,
  DescribeSSLPoliciesInput,
  SslPolicy,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { pageOf } from './paging.ts';

/** ELB's default quotas. Those of rules and targets hold here; the others only inform. */
const limits: Readonly<Record<string, number>> = {
  'application-load-balancers': 50,
  'listeners-per-application-load-balancer': 50,
  'rules-per-application-load-balancer': 100,
  'condition-values-per-alb-rule': 5,
  'condition-wildcards-per-alb-rule': 6,
  'certificates-per-application-load-balancer': 25,
  'target-groups': 3000,
  'target-groups-per-application-load-balancer': 100,
  'target-groups-per-action-on-application-load-balancer': 5,
  'targets-per-application-load-balancer': 1000,
  'targets-per-target-group': 1000,
};

export function describeAccountLimits(_core: Core, input: DescribeAccountLimitsInput) {
  const all = Object.entries(limits).map(([Name, max]) => ({ Name, Max: String(max) }));
  const { items, nextMarker } = pageOf(all, input);
  return { Limits: [...items], NextMarker: nextMarker };
}

/** What a listener of HTTPS would have by default; there are none here, and clients ask all the same. */
const policies: readonly SslPolicy[] = [
  {
    Name: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    SslProtocols: ['TLSv1.2', 'TLSv1.3'],
    SupportedLoadBalancerTypes: ['application', 'network'],
    Ciphers: [
      'TLS_AES_128_GCM_SHA256',
      'TLS_AES_256_GCM_SHA384',
      'TLS_CHACHA20_POLY1305_SHA256',
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      'ECDHE-RSA-AES128-GCM-SHA256',
      'ECDHE-ECDSA-AES256-GCM-SHA384',
      'ECDHE-RSA-AES256-GCM-SHA384',
    ].map((Name, index) => ({ Name, Priority: index + 1 })),
  },
];

export function describeSslPolicies(_core: Core, input: DescribeSSLPoliciesInput) {
  const names = input.Names ?? [];
  for (const name of names) {
    if (!policies.some((policy) => policy.Name === name))
      throw new ApiError('SSLPolicyNotFoundException', `SSL policy '${name}' not found`);
  }
  const wanted = policies.filter(({ Name = '' }) => names.length === 0 || names.includes(Name));
  const { items, nextMarker } = pageOf(wanted, input);
  return { SslPolicies: [...items], NextMarker: nextMarker };
}
