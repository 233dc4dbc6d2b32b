import type { ApiError } from './operations.ts';
import type { FaultKind } from './fault.ts';
import type { WireAnswer, WireRequest } from './request.ts';
import type { Shape, Structure } from './shape.ts';
import type { Violation } from './violation.ts';

/**
 * One of the ways AWS services speak over HTTP. It knows bytes and shapes, but neither services nor signatures.
 * Another protocol (Smithy RPC v2 with CBOR) is another object of this type in a service's list.
 */
export interface Protocol {
  /** Whether the request is written in this protocol, told by its headers alone. */
  claims(request: Pick<WireRequest, 'headers'>): boolean;

  /** The operation asked for. Fails with a `Fault` when the request names none, or one of another service. */
  operationName(request: WireRequest): string;

  /**
   * The input, in the types of the SDK. What the schema does not know is passed over. Fails with a `Fault` when the body
   * cannot be read as the schema has it; what can be read but must not be so is listed in `violations`.
   */
  read(request: WireRequest, input: Shape): ReadInput;

  /** Writes what the schema knows of `value`. Throws when a value is not of its type: the engine's bug. */
  write(answer: AnswerInWords, request: Pick<WireRequest, 'headers'>): WireAnswer;

  writeError(error: ErrorInWords, request: Pick<WireRequest, 'headers'>): WireAnswer;

  /** What AWS answers in this protocol to what every service refuses. */
  readonly faults: Readonly<Record<FaultKind, { readonly code: string; readonly status: number }>>;
}

export interface ReadInput {
  readonly value: unknown;
  readonly violations: readonly Violation[];
}

export interface AnswerInWords {
  readonly operation: string;
  readonly output: Shape;
  readonly value: unknown;
  readonly requestId: string;
}

export interface ErrorInWords {
  readonly error: ApiError;
  /** The SDK's model of the error, where it has one of that name. */
  readonly model: ErrorModel | undefined;
  readonly requestId: string;
}

export interface ErrorModel {
  readonly shape: Structure;
  /** HTTP status; where the model says none, it is 400 for the client's errors and 500 for the server's. */
  readonly status: number;
  /** The Query protocol has its own codes: `TargetGroupNotFound` for `TargetGroupNotFoundException`. */
  readonly query: { readonly code: string; readonly status: number } | undefined;
}
