import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import * as CloudWatch from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import * as Logs from '@aws-sdk/client-cloudwatch-logs';
import * as Ecs from '@aws-sdk/client-ecs';
import { ECSClient } from '@aws-sdk/client-ecs';
import * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import * as Ssm from '@aws-sdk/client-ssm';
import { SSMClient } from '@aws-sdk/client-ssm';
import * as Autoscaling from '@aws-sdk/client-application-auto-scaling';
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import * as Iam from '@aws-sdk/client-iam';
import { IAMClient } from '@aws-sdk/client-iam';
import * as Sts from '@aws-sdk/client-sts';
import { STSClient } from '@aws-sdk/client-sts';
import * as Secrets from '@aws-sdk/client-secrets-manager';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { onTestFinished } from 'vitest';
import type { Operations } from '../../../src/engine/api/operations.ts';
import { serveApi } from '../../../src/engine/api/serve.ts';
import type { ServedApi, ServeOptions } from '../../../src/engine/api/serve.ts';
import { cloudwatchEnums } from '../../../src/engine/api/services/cloudwatch-enums.ts';
import { ecsEnums } from '../../../src/engine/api/services/ecs-enums.ts';
import { elasticloadbalancingEnums } from '../../../src/engine/api/services/elasticloadbalancing-enums.ts';
import { logsEnums } from '../../../src/engine/api/services/logs-enums.ts';
import { secretsManagerEnums } from '../../../src/engine/api/services/secretsmanager-enums.ts';
import { applicationAutoscalingEnums } from '../../../src/engine/api/services/application-autoscaling-enums.ts';
import { ssmEnums } from '../../../src/engine/api/services/ssm-enums.ts';
import { operationsAnsweredBy } from './stub-operations.ts';
import type { StubAnswer } from './stub-operations.ts';

export const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};

/** The SDK packages whose clients are pointed at the endpoint, by the names that signatures have for the services. */
export const SDKS = {
  ecs: { exports: Ecs, client: ECSClient, enums: ecsEnums, protocol: 'json' },
  elasticloadbalancing: {
    exports: Elb,
    client: ElasticLoadBalancingV2Client,
    enums: elasticloadbalancingEnums,
    protocol: 'query',
  },
  secretsmanager: {
    exports: Secrets,
    client: SecretsManagerClient,
    enums: secretsManagerEnums,
    protocol: 'json',
  },
  iam: { exports: Iam, client: IAMClient, enums: {}, protocol: 'query' },
  sts: { exports: Sts, client: STSClient, enums: {}, protocol: 'query' },
  'application-autoscaling': {
    exports: Autoscaling,
    client: ApplicationAutoScalingClient,
    enums: applicationAutoscalingEnums,
    protocol: 'json',
  },
  ssm: { exports: Ssm, client: SSMClient, enums: ssmEnums, protocol: 'json' },
  monitoring: { exports: CloudWatch, client: CloudWatchClient, enums: cloudwatchEnums, protocol: 'json' },
  logs: { exports: Logs, client: CloudWatchLogsClient, enums: logsEnums, protocol: 'json' },
} as const;

export type ServiceName = keyof Operations;

export const SERVICES: readonly ServiceName[] = [
  'ecs',
  'elasticloadbalancing',
  'ssm',
  'logs',
  'monitoring',
  'secretsmanager',
  'sts',
  'iam',
  'application-autoscaling',
];

export interface TestEndpoint {
  readonly api: ServedApi;
  readonly url: string;
  readonly internalErrors: { error: unknown; requestId: string }[];
}

/** Serves stub operations for one test, or for as long as the caller wants it when `operations` are its own. */
export async function serve(
  reply: StubAnswer | Operations,
  options: Partial<ServeOptions> = {},
): Promise<TestEndpoint> {
  const internalErrors: TestEndpoint['internalErrors'] = [];
  const api = await serveApi(typeof reply === 'function' ? operationsAnsweredBy(reply) : reply, {
    host: '127.0.0.1',
    port: 0,
    credentials: CREDENTIALS,
    region: 'eu-central-1',
    accountId: '123456789012',
    clock: Date.now,
    onInternalError: (error, requestId) => internalErrors.push({ error, requestId }),
    ...options,
  });
  return { api, url: `http://127.0.0.1:${api.port}`, internalErrors };
}

export async function serveForTest(
  reply: StubAnswer | Operations,
  options: Partial<ServeOptions> = {},
): Promise<TestEndpoint> {
  const endpoint = await serve(reply, options);
  onTestFinished(() => endpoint.api.close());
  return endpoint;
}

/** How a test's client may differ from one that is right in everything. */
export interface ClientSettings {
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  readonly region?: string;
  readonly systemClockOffset?: number;
  readonly maxAttempts?: number;
}

export function clientSettings(url: string, settings: ClientSettings = {}) {
  return { endpoint: url, region: 'eu-central-1', credentials: CREDENTIALS, maxAttempts: 1, ...settings };
}

/** Sends any operation by its name, as a caller of the SDK would. Gives what the SDK gives, without its metadata. */
export function sender(service: ServiceName, url: string, settings: ClientSettings = {}) {
  const { client: Client, exports } = SDKS[service];
  const client = new Client(clientSettings(url, settings));
  return {
    async send(operation: string, input: unknown): Promise<unknown> {
      const Command: unknown = Reflect.get(exports, `${operation}Command`);
      if (typeof Command !== 'function') throw new Error(`the SDK has no ${operation}`);
      const send: unknown = Reflect.get(client, 'send');
      if (typeof send !== 'function') throw new Error('the SDK client cannot send');
      const answered: unknown = await Reflect.apply(send, client, [Reflect.construct(Command, [input])]);
      const { $metadata: _, ...output } = { $metadata: undefined, ...Object(answered) };
      return output;
    },
    destroy: () => client.destroy(),
  };
}
