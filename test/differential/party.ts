import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { ECS } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SSM } from '@aws-sdk/client-ssm';
import type { Moto } from './moto.ts';

/** One of the two that are asked the same, and what it called the things that it made. */
export interface Party {
  readonly ecs: ECS;
  readonly elb: ElasticLoadBalancingV2;
  readonly cloudwatch: CloudWatch;
  readonly ssm: SSM;
  readonly secrets: SecretsManager;
  readonly scaling: ApplicationAutoScaling;
  readonly network: Pick<Moto, 'vpc' | 'subnets'>;
  /** By our name for a thing, its ARN or id here; there are none of things that were never made. */
  readonly made: Map<string, string>;
}

interface Access {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export function engineParty(folder: string, network: Party['network']): Party {
  const { endpoint, region } = JSON.parse(readFileSync(join(folder, 'engine.json'), 'utf8'));
  const credentials = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8'));
  return party({ endpoint, region, credentials }, network);
}

export function motoParty(moto: Moto): Party {
  const credentials = { accessKeyId: 'anybody', secretAccessKey: 'anything' };
  return party({ endpoint: moto.endpoint, region: 'us-east-1', credentials }, moto);
}

function party(access: Access, network: Party['network']): Party {
  // A connection for each request: moto leaves unread what it refuses, and would take it for the next request.
  const requestHandler = { httpAgent: new Agent({ keepAlive: false }) };
  const options = { ...access, requestHandler, maxAttempts: 1 };
  return {
    ecs: new ECS(options),
    elb: new ElasticLoadBalancingV2(options),
    cloudwatch: new CloudWatch(options),
    ssm: new SSM(options),
    secrets: new SecretsManager(options),
    scaling: new ApplicationAutoScaling(options),
    network,
    made: new Map(),
  };
}
