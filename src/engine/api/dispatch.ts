import { parseAuthorization } from './authorization.ts';
import { Fault } from './fault.ts';
import { ApiError } from './operations.ts';
import type { Caller } from './operations.ts';
import type { Protocol } from './protocol.ts';
import { jsonProtocol } from './protocols/json.ts';
import { queryProtocol } from './protocols/query.ts';
import { header } from './request.ts';
import type { WireAnswer, WireRequest } from './request.ts';
import type { Service } from './service.ts';
import type { FindService } from './services.ts';
import { authenticate } from './signature.ts';
import type { Credentials, OpenSession } from './signature.ts';

export interface Endpoint {
  readonly services: FindService;
  readonly credentials: Credentials;
  /** What credentials beside those are taken. */
  readonly sessions: OpenSession;
  /** What ARNs are made with, whatever region a signature names. */
  readonly region: string;
  readonly accountId: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Hears what the client does not: the error behind an internal failure. */
  readonly onInternalError: (error: unknown, requestId: string) => void;
}

/** Answers one request, whatever it holds. Never fails. */
export async function answer(
  endpoint: Endpoint,
  request: WireRequest,
  requestId: string,
): Promise<WireAnswer> {
  let speaker: Speaker = { protocol: strangersProtocol(request) };
  try {
    const authorization = parseAuthorization(header(request, 'authorization'));
    const service = await endpoint.services(authorization.scope.service);
    if (service !== undefined) speaker = { protocol: protocolOf(service, request), service };
    const now = endpoint.clock();
    const caller = authenticate(request, authorization, endpoint, now)?.caller ?? null;
    return await perform(endpoint, speaker, request, { requestId, now, caller });
  } catch (error) {
    return answerError(speaker, error, request, requestId, endpoint.onInternalError);
  }
}

/** Answers what came to nothing before its body was read. */
export function answerFault(
  fault: Fault,
  request: Pick<WireRequest, 'headers'>,
  requestId: string,
): WireAnswer {
  return writeError({ protocol: strangersProtocol(request) }, fault, request, requestId);
}

interface Speaker {
  readonly protocol: Protocol;
  readonly service?: Service;
}

/** For requests that name no service we know. */
const QUERY = queryProtocol({ version: '', namespace: 'http://webservices.amazon.com/AWSFault/2005-15-09' });
const JSON_RPC = jsonProtocol('');

function strangersProtocol(request: Pick<WireRequest, 'headers'>): Protocol {
  return QUERY.claims(request) ? QUERY : JSON_RPC;
}

function protocolOf(service: Service, request: WireRequest): Protocol {
  return service.protocols.find((protocol) => protocol.claims(request)) ?? service.protocols[0];
}

async function perform(
  { region, accountId }: Endpoint,
  { protocol, service }: Speaker,
  request: WireRequest,
  { requestId, now, caller }: { requestId: string; now: number; caller: Caller | null },
): Promise<WireAnswer> {
  if (service === undefined || !protocol.claims(request)) {
    throw new Fault('operation unknown', 'The requested operation is not known here.');
  }
  const name = protocol.operationName(request);
  const operation = service.operations.get(name);
  if (operation === undefined)
    throw new Fault('operation unknown', `The operation ${name} is not known here.`);
  const { value: input, violations } = protocol.read(request, operation.input);
  const [first, ...more] = violations;
  if (first !== undefined) throw service.refuse([first, ...more], name);
  const value = await operation.run(input, {
    requestId,
    accountId,
    region,
    now,
    ...(caller === null ? {} : { caller }),
  });
  return protocol.write({ operation: name, output: operation.output, value, requestId }, request);
}

function answerError(
  speaker: Speaker,
  error: unknown,
  request: WireRequest,
  requestId: string,
  onInternalError: Endpoint['onInternalError'],
): WireAnswer {
  if (error instanceof Fault || error instanceof ApiError) {
    try {
      return writeError(speaker, error, request, requestId);
    } catch (unwritable) {
      onInternalError(unwritable, requestId);
    }
  } else {
    onInternalError(error, requestId);
  }
  return writeError(speaker, new Fault('engine failed', 'An internal error occurred.'), request, requestId);
}

function writeError(
  { protocol, service }: Speaker,
  problem: Fault | ApiError,
  request: Pick<WireRequest, 'headers'>,
  requestId: string,
): WireAnswer {
  const error = problem instanceof Fault ? faultAsError(problem, protocol, service) : problem;
  return protocol.writeError({ error, model: service?.errorModel(error.code), requestId }, request);
}

function faultAsError(fault: Fault, protocol: Protocol, service: Service | undefined): ApiError {
  const { code, status } = protocol.faults[fault.kind];
  const own = fault.kind === 'engine failed' ? service?.internalError : undefined;
  return new ApiError(own ?? code, fault.message, { status });
}
