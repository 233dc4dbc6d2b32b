import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import type { EngineAddress } from './address.ts';
import { restartPatience } from './restart-patience.ts';

/** The SDK's clients for one engine. Importing the SDK costs about 100 ms, so it is loaded by those who connect. */
export interface Clients {
  readonly address: EngineAddress;
  readonly ecs: ECSClient;
  readonly ssm: SSMClient;
  /** Loaded on first use: only the bootstrap of a platform needs it. */
  readonly elb: () => Promise<ElasticLoadBalancingV2Client>;
  /** Loaded on first use: only logs and evidence need it. */
  readonly logs: () => Promise<CloudWatchLogsClient>;
  /** Loaded on first use: only what is measured needs it. */
  readonly cloudwatch: () => Promise<CloudWatchClient>;
  /** Loaded on first use: only services that scale need it, and those that did. */
  readonly autoscaling: () => Promise<ApplicationAutoScalingClient>;
  /** Loaded on first use: only AWS is asked whose credentials these are. */
  readonly sts: () => Promise<STSClient>;
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
  const elb = once(async () => {
    const { ElasticLoadBalancingV2Client } = await import('@aws-sdk/client-elastic-load-balancing-v2');
    return track(new ElasticLoadBalancingV2Client(config));
  });
  const logs = once(async () => {
    const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs');
    return track(new CloudWatchLogsClient(config));
  });
  const autoscaling = once(async () => {
    const { ApplicationAutoScalingClient } = await import('@aws-sdk/client-application-auto-scaling');
    return track(new ApplicationAutoScalingClient(config));
  });
  const cloudwatch = once(async () => {
    const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
    return track(new CloudWatchClient(config));
  });
  const sts = once(async () => {
    const { STSClient } = await import('@aws-sdk/client-sts');
    return track(new STSClient(config));
  });
  return {
    address,
    ecs,
    ssm,
    elb,
    logs,
    autoscaling,
    cloudwatch,
    sts,
    close: () => opened.forEach((client) => client.destroy()),
  };

  function track<Client extends { destroy(): void }>(client: Client): Client {
    opened.push(client);
    return client;
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

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
