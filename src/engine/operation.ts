import { ApiError } from './api/operations.ts';
import type { RequestContext } from './api/operations.ts';
import type { Core } from './core.ts';
import { StateFailure } from './state/failure.ts';

/** An operation that is one transaction: its changes are durable before its answer goes out, or did not happen. */
export function transactional<Input, Output>(
  core: Core,
  work: (core: Core, input: Input, context: RequestContext) => Output,
): (input: Input, context: RequestContext) => Promise<Output> {
  return async (input, context) => durable(core, () => work(core, input, context));
}

export function durable<Result>(core: Core, work: () => Result): Result {
  try {
    return core.state.transaction(work);
  } catch (failure) {
    if (failure instanceof StateFailure)
      throw new ApiError('ServerException', failure.message, { status: 500 });
    throw failure;
  }
}
