/** The name of an AWS exception (`ServiceNotFoundException`), or null for anything else: whoever was not reached answers nothing. */
export function awsCode(error: unknown): string | null {
  return error instanceof Error && statusOf(error) > 0 ? error.name : null;
}

/** The connection broke, or there was none. */
const connectionCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
];

const passingNames = [
  'ServerException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'TimeoutError',
  'InternalFailure',
  'ServiceUnavailable',
];

/** Whether nobody was there to answer, however often the SDK tried. */
export function isUnreached(error: Error): boolean {
  return (
    '$metadata' in error &&
    statusOf(error) === 0 &&
    'code' in error &&
    typeof error.code === 'string' &&
    connectionCodes.includes(error.code)
  );
}

/** Failures that say "not now" and not "no": the reading is unknown, the act may be repeated. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('$retryable' in error && error.$retryable !== undefined) return true;
  if ('code' in error && typeof error.code === 'string' && connectionCodes.includes(error.code)) return true;
  return passingNames.includes(error.name) || statusOf(error) >= 500;
}

/**
 * 0 where nobody answered: `$metadata` is there all the same, with how often the SDK tried. A proxy in between answers in its
 * own words, and with no name that AWS has.
 */
function statusOf(error: Error): number {
  const metadata = '$metadata' in error ? error.$metadata : null;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return 0;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : 0;
}

/** Of a service that is no more, or whose cluster is not. */
export function isGone(error: unknown): boolean {
  const gone = ['ServiceNotFoundException', 'ServiceNotActiveException', 'ClusterNotFoundException'];
  const code = awsCode(error) ?? '';
  return gone.includes(code) || (code === 'ClientException' && /already inactive/i.test(String(error)));
}
