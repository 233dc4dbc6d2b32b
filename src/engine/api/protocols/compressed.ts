import { gunzipSync } from 'node:zlib';
import { Fault } from '../fault.ts';
import type { Protocol } from '../protocol.ts';
import { BODY_LIMIT, header } from '../request.ts';
import type { WireRequest } from '../request.ts';

/** A protocol whose requests may come compressed: SDKs compress what they send much of. The signature is over what was sent. */
export function compressible(protocol: Protocol): Protocol {
  return {
    ...protocol,
    operationName: (request) => protocol.operationName(inflated(request)),
    read: (request, input) => protocol.read(inflated(request), input),
  };
}

function inflated(request: WireRequest): WireRequest {
  const encoding = header(request, 'content-encoding')?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return request;
  if (encoding !== 'gzip') throw new Fault('body malformed', 'A compressed body must be gzip.');
  try {
    return { ...request, body: gunzipSync(request.body, { maxOutputLength: BODY_LIMIT }) };
  } catch (failure) {
    if (failure instanceof RangeError)
      throw new Fault('body too large', `Request body is larger than ${BODY_LIMIT} bytes.`);
    throw new Fault('body malformed', 'The request body is not well-formed gzip.');
  }
}
