import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { connect, type Clients } from '../../src/ecs/clients.ts';
import { clientSettings, serveForTest } from '../engine/api/endpoint.ts';
import type { StubAnswer } from '../engine/api/stub-operations.ts';
import { runEngine, testEngine, type TestEngine } from '../engine/core/rig.ts';
import { eventually } from '../engine/tasks/rig.ts';
import { programs } from '../programs.ts';

export interface Rig {
  readonly engine: TestEngine;
  readonly clients: Clients;
}

/** The deployer's own clients, on a real engine that ends with the test. */
export async function engineForTest(words: readonly string[] = []): Promise<Rig> {
  const engine = await testEngine(words);
  const clients = await connectTo(engine.folder);
  onTestFinished(() => clients.close());
  return { engine, clients };
}

/** The deployer's clients on a stub of the API, which ask once. */
export async function clientsOfStub(reply: StubAnswer): Promise<Clients> {
  const { url } = await serveForTest(reply);
  return clientsAt(url);
}

export function clientsAt(url: string): Clients {
  const settings = clientSettings(url);
  const [ecs, ssm] = [new ECSClient(settings), new SSMClient(settings)];
  const opened: { destroy(): void }[] = [ecs, ssm];
  const opens =
    <Client extends { destroy(): void }>(Service: new (config: typeof settings) => Client) =>
    (): Promise<Client> => {
      const client = new Service(settings);
      opened.push(client);
      return Promise.resolve(client);
    };
  const close = (): void => {
    for (const client of opened) client.destroy();
  };
  onTestFinished(close);
  return {
    address: { kind: 'embedded', endpoint: url, region: settings.region, credentials: settings.credentials },
    ecs,
    ssm,
    elb: opens(ElasticLoadBalancingV2Client),
    logs: opens(CloudWatchLogsClient),
    cloudwatch: opens(CloudWatchClient),
    autoscaling: opens(ApplicationAutoScalingClient),
    sts: opens(STSClient),
    iam: opens(IAMClient),
    ec2: opens(EC2Client),
    secrets: opens(SecretsManagerClient),
    quotas: opens(ServiceQuotasClient),
    sns: opens(SNSClient),
    ses: opens(SESv2Client),
    close,
  };
}

/** One engine for all tests of a file, which keep apart by the names of their apps. */
export function sharedEngine(): { readonly clients: Clients; readonly images: string } {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-ecs-'));
  const images = join(folder, 'images');
  const words = ['--state', folder, '--minute-ms', '1000', '--second-ms', '200'];
  let clients: Clients | null = null;
  beforeAll(async () => {
    mkdirSync(images);
    spawn(process.execPath, [programs.engine, ...words], { detached: true, stdio: 'ignore' }).unref();
    const file = join(folder, 'engine.json');
    await eventually(() => existsSync(file) || null, 'an engine');
    clients = await connectTo(folder);
  });
  afterAll(async () => {
    clients?.close();
    await runEngine([...words, '--stop-all']);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    images,
    get clients() {
      if (clients === null) throw new Error('the engine has not started');
      return clients;
    },
  };
}

async function connectTo(folder: string): Promise<Clients> {
  const { endpoint, region } = JSON.parse(readFileSync(join(folder, 'engine.json'), 'utf8'));
  const credentials = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8'));
  return connect({ kind: 'embedded', endpoint, region, credentials });
}
