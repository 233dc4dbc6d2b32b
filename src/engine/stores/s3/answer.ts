import { authenticate } from './authentication.ts';
import { bodyOf } from './body.ts';
import type { Call, Library, S3Answer } from './call.ts';
import { corsHeaders } from './cors.ts';
import type { CorsRule } from './cors.ts';
import { S3Error } from './failure.ts';
import { everybodyMay, readPolicy } from './policy.ts';
import type { BucketRecord } from './records.ts';
import { headerOf } from './request.ts';
import type { S3Request } from './request.ts';
import { routeOf } from './routes.ts';
import { document } from './xml.ts';
import type { Credentials } from '../../api/signature.ts';

export interface AnswerOptions {
  readonly library: Library;
  readonly credentials: Credentials;
  /** Hears what the client does not: the error behind an internal failure. */
  readonly onInternalError: (error: unknown) => void;
}

/** Answers one request, whatever it holds. Fails only where its connection broke off. */
export async function answer(
  options: AnswerOptions,
  request: S3Request,
  requestId: string,
): Promise<S3Answer> {
  const { library } = options;
  const bucket = request.bucket === null ? null : library.catalog.bucket(request.bucket);
  if (request.method === 'OPTIONS') return preflight(bucket, request, requestId);
  const outcome = await perform(options, request, bucket).catch((error: unknown) =>
    refusal(error, request, requestId, options.onInternalError),
  );
  return { ...outcome, headers: { ...outcome.headers, ...corsOf(bucket, request, request.method, []) } };
}

async function perform(
  { library, credentials }: AnswerOptions,
  request: S3Request,
  bucket: BucketRecord | null,
): Promise<S3Answer> {
  const signed = authenticate(request, credentials, library.clock());
  const route = routeOf(request);
  const call: Call = { ...library, request, signed, body: bodyOf(request, signed) };
  if (signed === null && !isPublic(bucket, request, route.action)) throw new S3Error('AccessDenied');
  return route.run(call);
}

function isPublic(bucket: BucketRecord | null, { key }: S3Request, action: string | null): boolean {
  if (bucket === null || bucket.policy === null || action === null) return false;
  const resource = `arn:aws:s3:::${bucket.name}${key === null ? '' : `/${key}`}`;
  return everybodyMay(readPolicy(bucket.policy), action, resource);
}

function refusal(
  error: unknown,
  request: S3Request,
  requestId: string,
  onInternalError: AnswerOptions['onInternalError'],
): S3Answer {
  // Nobody is left to answer.
  if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET') throw error;
  if (!(error instanceof S3Error)) onInternalError(error);
  const failure = error instanceof S3Error ? error : new S3Error('InternalError');
  const body = document('Error', {
    Code: failure.code,
    Message: failure.message,
    ...failure.details,
    Resource: request.path,
    RequestId: requestId,
  });
  // A body would be taken for that of the next answer.
  return request.method === 'HEAD' ? { status: failure.status } : { status: failure.status, body };
}

function preflight(bucket: BucketRecord | null, request: S3Request, requestId: string): S3Answer {
  const method = headerOf(request, 'access-control-request-method') ?? '';
  const names = (headerOf(request, 'access-control-request-headers') ?? '').toLowerCase();
  const headers = corsOf(
    bucket,
    request,
    method,
    names.split(/\s*,\s*/).filter((name) => name !== ''),
  );
  if (Object.keys(headers).length > 0) return { status: 200, headers };
  const message = 'CORSResponse: This CORS request is not allowed.';
  return {
    status: 403,
    body: document('Error', { Code: 'AccessForbidden', Message: message, RequestId: requestId }),
  };
}

function corsOf(
  bucket: BucketRecord | null,
  request: S3Request,
  method: string,
  headers: readonly string[],
): Readonly<Record<string, string>> {
  const origin = headerOf(request, 'origin');
  if (origin === null || bucket === null || bucket.cors === null) return {};
  const rules: readonly CorsRule[] = JSON.parse(bucket.cors);
  return corsHeaders(rules, { origin, method, headers }) ?? {};
}
