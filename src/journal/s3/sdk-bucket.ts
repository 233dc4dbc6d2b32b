import { addAbortSignal, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Bucket, Condition } from './bucket.ts';
import { isConflict, isMissing, refusalOf } from './failure.ts';
import { answerTimeout, connectionTimeout, patience } from './patience.ts';

export interface BucketPlace {
  readonly bucket: string;
  /** Before every key, with a `/` at its end; or empty. */
  readonly prefix: string;
  /** Null: what the SDK finds in the environment and in the user's profile. */
  readonly region: string | null;
}

export interface SdkOptions {
  /** Tells whether an endpoint is set: those that are not AWS have the bucket in the path, not in the host's name. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: () => number;
}

/** How many calls are under way at once: a long history is read in parallel, and not all of it. */
const width = 16;

/** How often a body that broke off is asked for again. */
const mostReadings = 4;

/** A bucket by the AWS SDK. Credentials, endpoint and profile are found where the SDK finds them for everybody. */
export function openSdkBucket({ bucket, prefix, region }: BucketPlace, { env, clock }: SdkOptions): Bucket {
  const place = `s3://${bucket}/${prefix}`.replace(/\/$/, '');
  const client = new S3Client({
    ...(region === null ? {} : { region }),
    forcePathStyle: (env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']) !== undefined,
    followRegionRedirects: true,
    retryStrategy: patience(clock),
    requestHandler: { connectionTimeout, requestTimeout: answerTimeout, throwOnRequestTimeout: true },
  });
  const abreast = atMost(width);
  return {
    place,
    get: (key) => abreast(() => translated(() => get(key))),
    put: (key, body, condition) => abreast(() => translated(() => put(key, body, condition))),
    list: (below) => abreast(() => translated(() => list(below))),
  };

  async function get(key: string) {
    for (let reading = 1; ; reading += 1) {
      const command = new GetObjectCommand({ Bucket: bucket, Key: `${prefix}${key}` });
      let date: string | undefined;
      command.middlewareStack.add(
        (next) => async (args) => {
          const answer = await next(args);
          date = dateOf(answer.response);
          return answer;
        },
        { step: 'deserialize', name: 'dateOfAnswer' },
      );
      try {
        const { Body, ETag, LastModified } = await client.send(command);
        const age = Date.parse(date ?? '') - (LastModified?.getTime() ?? Number.NaN);
        if (ETag === undefined || Number.isNaN(age))
          throw new Error(`S3 did not say when ${place}/${key} was written, or in which version`);
        if (!(Body instanceof Readable)) throw new Error(`S3 sent nothing of ${place}/${key}`);
        return { text: await bodyOf(Body), etag: ETag, age: Math.max(0, age) };
      } catch (error) {
        if (isMissing(error)) return null;
        if (!(error instanceof BrokenOff) || reading === mostReadings) throw error;
      }
    }
  }

  async function put(key: string, body: string, condition: Condition) {
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: `${prefix}${key}`,
      Body: body,
      ContentType: key.endsWith('.json') ? 'application/json' : 'application/x-ndjson',
      ...(condition.kind === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.etag }),
    });
    try {
      const { ETag: etag } = await client.send(command);
      if (etag === undefined) throw new Error(`S3 did not say which version of ${place}/${key} it wrote`);
      return { kind: 'written', etag } as const;
    } catch (error) {
      if (isConflict(error)) return { kind: 'not-written' } as const;
      throw error;
    }
  }

  async function list(below: string) {
    const keys: string[] = [];
    let next: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}${below}`, ContinuationToken: next }),
      );
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key?.slice(prefix.length) ?? []));
      next = page.NextContinuationToken;
    } while (next !== undefined);
    return keys;
  }

  async function translated<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (error) {
      throw refusalOf(error, { bucket, place });
    }
  }
}

/** The head came, and the rest did not: the SDK has left the call by then. */
class BrokenOff extends Error {
  override readonly name = 'TimeoutError';
}

async function bodyOf(body: Readable): Promise<string> {
  try {
    return await text(addAbortSignal(AbortSignal.timeout(answerTimeout), body));
  } catch (error) {
    throw new BrokenOff('the answer broke off', { cause: error });
  }
}

/** The clock of S3 when it answered. */
function dateOf(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const { headers } = response;
  if (typeof headers !== 'object' || headers === null || !('date' in headers)) return undefined;
  return typeof headers.date === 'string' ? headers.date : undefined;
}

function atMost(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let free = most;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
