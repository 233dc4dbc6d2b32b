import type { Socket } from 'node:net';
import { connect } from 'node:net';

/** Whoever has the connection now; at most one at a time, so that no two requests ever share one. */
export interface UpstreamUser {
  connected(): void;
  received(chunk: Buffer): void;
  /** The target sends no more. */
  ended(): void;
  /** The connection is gone, with its error if it had one. */
  closed(error: Error | null): void;
  /** What was written has gone out. */
  drained(): void;
  /** One of these threw: a fault of ours, which may cost this one exchange only. */
  crashed(error: unknown): void;
}

/** What a small body may measure to go out in one write with its head. */
const JOIN_LIMIT = 4096;

/** A connection to a target. Without a user it is idle, and anything that happens on it ends it. */
export class UpstreamConnection {
  readonly #socket: Socket;
  #user: UpstreamUser | null;
  #error: Error | null = null;
  #connected = false;
  idleUntil = 0;

  constructor(address: { readonly host: string; readonly port: number }, user: UpstreamUser) {
    this.#user = user;
    this.#socket = connect({ host: address.host, port: address.port, noDelay: true, allowHalfOpen: true });
    this.#socket.on('connect', () => {
      this.#connected = true;
      this.#tell((user) => user.connected());
    });
    this.#socket.on('data', (chunk: Buffer) => this.#tell((user) => user.received(chunk)));
    this.#socket.on('end', () => this.#tell((user) => user.ended()));
    this.#socket.on('drain', () => this.#user?.drained());
    this.#socket.on('error', (error) => {
      this.#error = error;
    });
    this.#socket.on('close', () => {
      const user = this.#user;
      this.#user = null;
      try {
        user?.closed(this.#error);
      } catch (error) {
        user?.crashed(error);
      }
    });
  }

  #tell(say: (user: UpstreamUser) => void): void {
    const user = this.#user;
    if (user === null) return this.destroy();
    try {
      say(user);
    } catch (error) {
      user.crashed(error);
    }
  }

  get isAlive(): boolean {
    return this.#connected && !this.#socket.destroyed && !this.#socket.readableEnded && this.#socket.writable;
  }

  use(user: UpstreamUser): void {
    this.#user = user;
  }

  /** Head and what there is of the body, in one write where it pays. Whether more may be written now. */
  send(head: string, body: Buffer | null): boolean {
    return writeJoined(this.#socket, head, body);
  }

  write(chunk: Buffer): boolean {
    return this.#socket.write(chunk);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  /** Its user hears no more of it. */
  destroy(): void {
    this.#user = null;
    this.#socket.destroy();
  }

  release(): void {
    this.#user = null;
  }
}

/** One system call for head and body: as one string where that is small, else gathered. */
export function writeJoined(socket: Socket, head: string, body: Buffer | null): boolean {
  if (body === null || body.length === 0) return socket.write(head, 'latin1');
  if (body.length <= JOIN_LIMIT)
    return socket.write(head + body.toString('latin1', 0, body.length), 'latin1');
  socket.cork();
  socket.write(head, 'latin1');
  const more = socket.write(body);
  socket.uncork();
  return more;
}

/**
 * A write that failed at once: on a connection with room for a head the kernel takes all of it or, the peer having gone, none.
 */
export function wroteNothing(error: Error | null): boolean {
  if (error === null || !('code' in error) || !('syscall' in error)) return false;
  return error.syscall === 'write' && (error.code === 'EPIPE' || error.code === 'ECONNRESET');
}

/** The idle connections to one target, the latest used first, so that the spare ones grow old and go. */
export class UpstreamPool {
  #idle: UpstreamConnection[] = [];

  /** How many of them live. */
  get size(): number {
    return this.#idle.filter(({ isAlive }) => isAlive).length;
  }

  /** A live connection that its target will not be closing about now; null where there is none. */
  take(now: number): UpstreamConnection | null {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (connection.isAlive && connection.idleUntil > now) return connection;
      connection.destroy();
    }
    return null;
  }

  put(connection: UpstreamConnection, idleUntil: number): void {
    connection.release();
    connection.idleUntil = idleUntil;
    connection.resume();
    this.#idle.push(connection);
  }

  /** Closes what has been idle too long. */
  sweep(now: number): void {
    if (this.#idle.length === 0) return;
    const kept: UpstreamConnection[] = [];
    for (const connection of this.#idle) {
      if (connection.isAlive && connection.idleUntil > now) kept.push(connection);
      else connection.destroy();
    }
    this.#idle = kept;
  }

  close(): void {
    for (const connection of this.#idle) connection.destroy();
    this.#idle = [];
  }
}
