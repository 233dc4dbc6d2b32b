/**
 * Bytes that have come and not been used up. One chunk is kept as it is; only a head that comes in pieces is copied
 * together, into room that doubles, so that a byte at a time costs no more than all at once.
 */
export class Input {
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;
  #owned = false;

  get length(): number {
    return this.end - this.start;
  }

  append(chunk: Buffer): void {
    if (this.length === 0) {
      this.bytes = chunk;
      this.start = 0;
      this.end = chunk.length;
      this.#owned = false;
      return;
    }
    const needed = this.length + chunk.length;
    if (!this.#owned || this.start + needed > this.bytes.length) {
      const room = Buffer.allocUnsafeSlow(Math.max(2 * needed, 1024));
      this.bytes.copy(room, 0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
      this.bytes = room;
      this.#owned = true;
    }
    chunk.copy(this.bytes, this.end);
    this.end += chunk.length;
  }

  skip(count: number): void {
    this.start += count;
    if (this.start === this.end) this.clear();
  }

  /** All that is left, and leaves nothing. */
  drain(): Buffer {
    const rest = this.bytes.subarray(this.start, this.end);
    this.clear();
    return rest;
  }

  clear(): void {
    this.bytes = EMPTY;
    this.start = 0;
    this.end = 0;
    this.#owned = false;
  }
}

const EMPTY = Buffer.alloc(0);
