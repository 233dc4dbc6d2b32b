import { Fault } from './fault.ts';

/** The Authorization header of a request signed with AWS Signature Version 4, taken apart. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** In lower case, in the order sent. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

export interface CredentialScope {
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Fails with a `Fault` worded as AWS words it; the header's own content is never repeated. */
export function parseAuthorization(header: string | undefined): Authorization {
  if (header === undefined || header === '')
    throw new Fault('unsigned', 'Request is missing Authentication Token');
  const [algorithm, rest] = split(header.trim(), ' ');
  if (algorithm !== ALGORITHM) {
    throw new Fault('signature incomplete', `Unsupported AWS 'algorithm': only ${ALGORITHM} is accepted.`);
  }
  const parameters = new Map(rest.split(',').map((part) => split(part.trim(), '=')));
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parameters.get(name));
  if (missing.length > 0) {
    throw new Fault(
      'signature incomplete',
      missing.map((name) => `Authorization header requires '${name}' parameter.`).join(' '),
    );
  }
  return {
    ...parseCredential(parameters.get('Credential') ?? ''),
    signedHeaders: (parameters.get('SignedHeaders') ?? '').toLowerCase().split(';'),
    signature: parameters.get('Signature') ?? '',
  };
}

function parseCredential(credential: string): { accessKeyId: string; scope: CredentialScope } {
  const parts = credential.split('/');
  const [accessKeyId, date, region, service, terminator] = parts;
  if (parts.length !== 5 || !accessKeyId || !date || !region || !service) {
    throw new Fault(
      'signature incomplete',
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term',
    );
  }
  if (terminator !== 'aws4_request') {
    throw new Fault(
      'signature wrong',
      "Credential should be scoped with a valid terminator: 'aws4_request'.",
    );
  }
  return { accessKeyId, scope: { date, region, service } };
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
