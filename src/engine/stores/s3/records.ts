/** What is kept of an object beside its bytes. */
export interface ObjectRecord {
  readonly key: string;
  readonly size: number;
  /** Without the quotes that headers have around it. */
  readonly etag: string;
  /** ms since 1970 */
  readonly modified: number;
  /** The headers that come back with it: `content-type`, `x-amz-meta-…`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of all of it, by algorithm, in base64. */
  readonly checksums: Readonly<Record<string, string>>;
  /** Its bytes, in order: several where it was uploaded in parts. */
  readonly pieces: readonly Piece[];
}

/** A file of bytes that belongs to one object or part, and never changes. */
export interface Piece {
  readonly id: string;
  readonly size: number;
}

export interface BucketRecord {
  readonly name: string;
  readonly created: number;
  /** JSON, as it was put. */
  readonly policy: string | null;
  /** XML, as it was put. */
  readonly cors: string | null;
}

export interface UploadRecord {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly started: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface PartRecord {
  readonly number: number;
  readonly etag: string;
  readonly modified: number;
  readonly piece: Piece;
}
