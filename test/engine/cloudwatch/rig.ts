import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchClientConfig } from '@aws-sdk/client-cloudwatch';
import type { TestEngine } from '../core/rig.ts';

/** A client from the two files that an engine leaves. */
export function cloudwatchOf(
  { folder }: TestEngine,
  protocol?: NonNullable<CloudWatchClientConfig['protocol']>,
): CloudWatch {
  const { endpoint, region } = JSON.parse(readFileSync(join(folder, 'engine.json'), 'utf8'));
  const credentials = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8'));
  const options = { endpoint, region, credentials, maxAttempts: 10 };
  return new CloudWatch(protocol === undefined ? options : { ...options, protocol });
}
