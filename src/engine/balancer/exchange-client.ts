import type { MessageBody } from './http/message-body.ts';
import type { RequestHead } from './http/request-head.ts';
import type { TargetGroup } from './target-group.ts';
import type { HeaderRules } from './wanted.ts';

/** The client's side of an exchange. */
export interface ExchangeClient {
  /** Whether its connection ends with this exchange whatever the target says. */
  readonly mustClose: boolean;
  /** Response bytes; false where the client reads slower than they come: then `clientDrained` follows. */
  send(head: string, body: Buffer | null): boolean;
  write(chunk: Buffer): boolean;
  pauseReading(): void;
  resumeReading(): void;
  /** The target spoke `101`: bytes go both ways from here. What has come already. */
  upgraded(): Buffer | null;
  endWriting(): void;
  /** The exchange is over and its response complete. */
  finished(close: boolean): void;
  /** The exchange is over and nothing was answered. */
  failed(status: 408 | 502 | 503 | 504): void;
  /** The response broke off: the client must see it. */
  destroy(): void;
}

/** What a client asked for, and of which group. */
export interface ExchangeRequest {
  readonly head: RequestHead;
  /** Followed by the client's side; read here. */
  readonly body: MessageBody;
  /** As the target is told it. */
  readonly clientIp: string;
  readonly listenerPort: number;
  readonly headers: HeaderRules;
  readonly group: TargetGroup;
  /** Header lines for the response. */
  readonly extra: string;
  /** Names, lower case, of the target's fields that stay behind. */
  readonly dropped: ReadonlySet<string>;
}
