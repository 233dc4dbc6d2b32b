import type { Protocol } from '../protocol.ts';

/** What AWS's JSON and CBOR services say of requests that no operation has seen. */
export const exceptionFaults: Protocol['faults'] = {
  unsigned: { code: 'MissingAuthenticationTokenException', status: 400 },
  'signature incomplete': { code: 'IncompleteSignatureException', status: 400 },
  'signature wrong': { code: 'InvalidSignatureException', status: 400 },
  'key unknown': { code: 'UnrecognizedClientException', status: 400 },
  'token expired': { code: 'ExpiredTokenException', status: 400 },
  'operation unknown': { code: 'UnknownOperationException', status: 400 },
  'body malformed': { code: 'SerializationException', status: 400 },
  'body too large': { code: 'RequestEntityTooLargeException', status: 413 },
  'method refused': { code: 'UnknownOperationException', status: 405 },
  'host refused': { code: 'AccessDeniedException', status: 403 },
  'engine failed': { code: 'InternalFailure', status: 500 },
};
