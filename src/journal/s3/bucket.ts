/**
 * What the journal needs of S3: whole objects, and writes under a condition that S3 checks itself. Keys are below the place
 * of the journal. What cannot be done for a while is tried again within bounds; then it is a `Refusal`.
 */
export interface Bucket {
  /** `s3://deployments/shop/production`, for people. */
  readonly place: string;
  get(key: string): Promise<Found | null>;
  /**
   * Writes the object if the condition holds. `not-written` is no proof of that: the write may have gone through with its
   * answer lost, and what is told is the answer to its repetition; or another write was in its way and S3 says to look
   * again. Whoever asks looks what stands there now. After a `Refusal` the write may still come to pass.
   */
  put(key: string, text: string, condition: Condition): Promise<Put>;
  /** All keys below a prefix, in no order. Every object written before the call is among them. */
  list(prefix: string): Promise<readonly string[]>;
}

export interface Found {
  readonly text: string;
  /** Another one after every write that changes anything. */
  readonly etag: string;
  /** Milliseconds since it was written, both times by the clock of S3: that of this machine has no part in it. */
  readonly age: number;
}

export type Condition =
  | { readonly kind: 'absent' }
  /** It is there, and still the same. */
  | { readonly kind: 'unchanged'; readonly etag: string };

export type Put = { readonly kind: 'written'; readonly etag: string } | { readonly kind: 'not-written' };

export const absent: Condition = { kind: 'absent' };
