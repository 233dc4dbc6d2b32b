/**
 * What can be wrong with a request before an operation has it, or with the engine itself. Each protocol has its own
 * code and status for each, as AWS has.
 */
export type FaultKind =
  | 'unsigned'
  | 'signature incomplete'
  | 'signature wrong'
  | 'key unknown'
  | 'token expired'
  | 'operation unknown'
  | 'body malformed'
  | 'body too large'
  | 'method refused'
  | 'host refused'
  | 'engine failed';

/** Thrown on the way in and answered by the protocol; the message is for the client and holds nothing of its secrets. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly kind: FaultKind;

  constructor(kind: FaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
