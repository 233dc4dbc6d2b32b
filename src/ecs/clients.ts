import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { EngineAddress } from './address.ts';

/** The SDK's clients for one engine. Importing the SDK costs about 100 ms, so it is loaded by those who connect. */
export interface Clients {
  readonly address: EngineAddress;
  readonly ecs: ECSClient;
  readonly ssm: SSMClient;
  /** Loaded on first use: only the bootstrap of a platform needs it. */
  readonly elb: () => Promise<ElasticLoadBalancingV2Client>;
  /** Loaded on first use: only logs and evidence need it. */
  readonly logs: () => Promise<CloudWatchLogsClient>;
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
  return { address, ecs, ssm, elb, logs, close: () => opened.forEach((client) => client.destroy()) };

  function track<Client extends { destroy(): void }>(client: Client): Client {
    opened.push(client);
    return client;
  }
}

function configOf(address: EngineAddress) {
  const shared = { region: address.region, maxAttempts: 6 };
  switch (address.kind) {
    case 'embedded':
      return { ...shared, endpoint: address.endpoint, credentials: address.credentials };
    case 'aws':
      return shared;
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
