/**
 * The state could not be opened or written. `engine-version`: the file was written by a newer engine. `no-space`: the
 * disk is full; nothing of the refused change is kept, everything before it is. `state-damaged`: not our file.
 */
export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  readonly code: 'engine-version' | 'no-space' | 'state-damaged';

  constructor(code: StateFailure['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
