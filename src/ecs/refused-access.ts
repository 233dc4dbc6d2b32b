import type { Problem } from '../refusal.ts';
import { isUnreached } from './failure.ts';

/** Names under which the SDK and AWS say that there are no credentials, or none that are good. */
const noCredentials = ['CredentialsProviderError'];
const loginNeeded = ['TokenProviderError', 'SSOTokenProviderFailure'];
const expired = ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired'];
const unknownKey = [
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
];
const denied = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation'];

/**
 * That nobody answers, or what AWS has against the credentials, as the user can mend it; null for any other failure. AWS's own words name the
 * caller, the action and the resource, and never a secret.
 */
export function accessProblem(error: unknown): Problem | null {
  if (!(error instanceof Error)) return null;
  const { name, message: why } = error;
  const where = 'the AWS credentials of this shell';
  if (noCredentials.includes(name))
    return {
      code: 'no-credentials',
      what: 'there are no AWS credentials here',
      where,
      why,
      next: 'log in (`aws sso login`, `aws configure`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY',
    };
  if (loginNeeded.includes(name) || expired.includes(name))
    return {
      code: 'credentials-expired',
      what: 'the AWS credentials have expired',
      where,
      why,
      next: 'log in again (`aws sso login`), or get new ones where they came from',
    };
  if (unknownKey.includes(name))
    return {
      code: 'credentials-unknown',
      what: 'AWS does not know these credentials',
      where,
      why,
      next: 'look at AWS_ACCESS_KEY_ID, AWS_PROFILE and ~/.aws/credentials; `aws sts get-caller-identity` shows who AWS takes you for',
    };
  if (denied.includes(name))
    return {
      code: 'access-denied',
      what: 'the AWS credentials may not do what is needed',
      where,
      why,
      next: 'give their role what docs/aws.md lists, or use another role',
    };
  if (isUnreached(error))
    return {
      code: 'engine-unreachable',
      what: 'the engine does not answer',
      where:
        'address' in error && 'port' in error
          ? `${String(error.address)}:${String(error.port)}`
          : 'the network',
      why,
      next: 'look at the network, and at AWS_ENDPOINT_URL where it is set; `fairway status` shows what runs once it answers',
    };
  return null;
}
