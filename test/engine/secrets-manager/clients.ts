import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';

/** A client from the two files that an engine leaves, as anybody would make one. */
export function secretsManagerOf(folder: string): SecretsManager {
  const { endpoint, region } = JSON.parse(readFileSync(join(folder, 'engine.json'), 'utf8'));
  const credentials = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8'));
  return new SecretsManager({ endpoint, region, credentials });
}
