import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import type { EngineAddress } from './address.ts';
import { restartPatience } from './restart-patience.ts';

/**
 * The SDK's clients for one engine. Importing the SDK costs about 100 ms, so it is loaded by those who connect; what is
 * a function here is loaded on first use.
 */
export interface Clients {
  readonly address: EngineAddress;
  readonly ecs: ECSClient;
  readonly ssm: SSMClient;
  /** Only the bootstrap of a platform needs it, and what looks at one. */
  readonly elb: () => Promise<ElasticLoadBalancingV2Client>;
  /** Only logs and evidence need it. */
  readonly logs: () => Promise<CloudWatchLogsClient>;
  /** Only what is measured needs it. */
  readonly cloudwatch: () => Promise<CloudWatchClient>;
  /** Only services that scale need it, and those that did. */
  readonly autoscaling: () => Promise<ApplicationAutoScalingClient>;
  /** The rest is asked on AWS only, before and after a deployment. */
  readonly sts: () => Promise<STSClient>;
  readonly iam: () => Promise<IAMClient>;
  readonly ec2: () => Promise<EC2Client>;
  readonly secrets: () => Promise<SecretsManagerClient>;
  readonly quotas: () => Promise<ServiceQuotasClient>;
  readonly sns: () => Promise<SNSClient>;
  readonly ses: () => Promise<SESv2Client>;
  close(): void;
}

export async function connect(address: EngineAddress): Promise<Clients> {
  const [{ ECSClient }, { SSMClient }] = await Promise.all([
    import('@aws-sdk/client-ecs'),
    import('@aws-sdk/client-ssm'),
  ]);
  const config = configOf(address);
  const ecs = new ECSClient(config);
  const ssm = new SSMClient(config);
  const opened: { destroy(): void }[] = [ecs, ssm];
  return {
    address,
    ecs,
    ssm,
    elb: onFirstUse(async () => {
      const { ElasticLoadBalancingV2Client } = await import('@aws-sdk/client-elastic-load-balancing-v2');
      return new ElasticLoadBalancingV2Client(config);
    }),
    logs: onFirstUse(async () => {
      const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs');
      return new CloudWatchLogsClient(config);
    }),
    cloudwatch: onFirstUse(async () => {
      const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
      return new CloudWatchClient(config);
    }),
    autoscaling: onFirstUse(async () => {
      const { ApplicationAutoScalingClient } = await import('@aws-sdk/client-application-auto-scaling');
      return new ApplicationAutoScalingClient(config);
    }),
    sts: onFirstUse(async () => {
      const { STSClient } = await import('@aws-sdk/client-sts');
      return new STSClient(config);
    }),
    iam: onFirstUse(async () => {
      const { IAMClient } = await import('@aws-sdk/client-iam');
      return new IAMClient(config);
    }),
    ec2: onFirstUse(async () => {
      const { EC2Client } = await import('@aws-sdk/client-ec2');
      return new EC2Client(config);
    }),
    secrets: onFirstUse(async () => {
      const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
      return new SecretsManagerClient(config);
    }),
    quotas: onFirstUse(async () => {
      const { ServiceQuotasClient } = await import('@aws-sdk/client-service-quotas');
      return new ServiceQuotasClient(config);
    }),
    sns: onFirstUse(async () => {
      const { SNSClient } = await import('@aws-sdk/client-sns');
      return new SNSClient(config);
    }),
    ses: onFirstUse(async () => {
      const { SESv2Client } = await import('@aws-sdk/client-sesv2');
      return new SESv2Client(config);
    }),
    close: () => opened.forEach((client) => client.destroy()),
  };

  function onFirstUse<Client extends { destroy(): void }>(
    open: () => Promise<Client>,
  ): () => Promise<Client> {
    let made: Promise<Client> | undefined;
    return () =>
      (made ??= open().then((client) => {
        opened.push(client);
        return client;
      }));
  }
}

function configOf(address: EngineAddress) {
  const { region } = address;
  switch (address.kind) {
    case 'embedded': {
      const { endpoint, credentials } = address;
      return { region, endpoint, credentials, retryStrategy: restartPatience };
    }
    case 'aws':
      return { region, maxAttempts: 6 };
  }
}
