import { createHash } from 'node:crypto';
import { bucketAnswers } from './bucket-answer.ts';
import { open, secret, type StorePlace, type StoreSetup } from './setup.ts';

/** Of every bucket on this machine. */
const region = 'us-east-1';

/**
 * A bucket of the engine's own S3. All buckets of an environment have one key and one volume, and each of their servers
 * serves them all: a client has one endpoint and one key, however many buckets it uses.
 */
export function bucket({ store, environment: { app, name } }: StorePlace): StoreSetup {
  const bucketName = bucketNameOf(app, name, store.name);
  const accessKeyId = `FAIRWAY${hash(`${app}/${name}`, 13).toUpperCase()}`;
  return {
    madeFor: { kind: 'bucket' },
    secretAt: `/fairway/${app}/${name}/buckets/secret-access-key`,
    properties: (port, secretAccessKey) => ({
      url: open(`http://127.0.0.1:${port}/${bucketName}`),
      bucket: open(bucketName),
      region: open(region),
      endpoint: open(`http://127.0.0.1:${port}`),
      accessKeyId: open(accessKeyId),
      secretAccessKey: secret(secretAccessKey),
    }),
    container: {
      image: 's3',
      environment: { S3_BUCKETS: bucketName, S3_REGION: region, S3_ACCESS_KEY_ID: accessKeyId },
      secrets: { S3_SECRET_ACCESS_KEY: 'secretAccessKey' },
      port: 9000,
      data: '/data',
      memory: 512,
    },
    volume: `${app}-${name}-buckets`,
    ready: bucketAnswers,
    ways: 'it comes with Fairway: use an engine of this version',
  };
}

/** S3 takes 3 to 63 characters: lower-case letters, digits, hyphens. */
function bucketNameOf(app: string, environment: string, store: string): string {
  const whole = `${app}-${environment}-${store}`;
  const plain = whole.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
  return plain === whole && plain.length <= 63 ? plain : `${plain.slice(0, 54)}-${hash(whole, 8)}`;
}

function hash(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
