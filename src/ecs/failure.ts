/** The name of an AWS exception (`ServiceNotFoundException`), or null for anything else. */
export function awsCode(error: unknown): string | null {
  return error instanceof Error && '$metadata' in error ? error.name : null;
}

/** Failures that say "not now" and not "no": the reading is unknown, the act may be repeated. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('$retryable' in error && error.$retryable !== undefined) return true;
  const code = 'code' in error ? error.code : undefined;
  if (
    typeof code === 'string' &&
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND'].includes(code)
  )
    return true;
  return [
    'ServerException',
    'ThrottlingException',
    'TimeoutError',
    'InternalFailure',
    'ServiceUnavailable',
  ].includes(error.name);
}
