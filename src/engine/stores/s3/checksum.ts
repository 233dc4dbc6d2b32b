import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** As S3 names them in headers: `x-amz-checksum-crc32`. */
export const checksumNames = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
export type ChecksumName = (typeof checksumNames)[number];

export interface Checksum {
  update(chunk: Buffer): void;
  /** In base64. May be asked for once. */
  digest(): string;
}

export function isChecksumName(name: string): name is ChecksumName {
  return checksumNames.some((known) => known === name);
}

export function checksum(name: ChecksumName): Checksum {
  switch (name) {
    case 'sha1':
    case 'sha256': {
      const hash = createHash(name);
      return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest('base64') };
    }
    case 'crc32': {
      let value = 0;
      return { update: (chunk) => (value = crc32(chunk, value)), digest: () => base64(value) };
    }
    case 'crc32c': {
      let value = 0xffffffff;
      return {
        update: (chunk) => {
          for (const byte of chunk) value = (castagnoli[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
        },
        digest: () => base64(~value >>> 0),
      };
    }
    case 'crc64nvme':
      return crc64();
  }
}

function base64(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString('base64');
}

/** The polynomial reflected, as all of these have it. */
const castagnoli = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-64/NVME in two halves: numbers of 64 bits would be many times slower. */
function crc64(): Checksum {
  let [high, low] = [0xffffffff, 0xffffffff];
  return {
    update: (chunk) => {
      for (const byte of chunk) {
        const index = (low ^ byte) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (nvme.low[index] ?? 0);
        high = (high >>> 8) ^ (nvme.high[index] ?? 0);
      }
    },
    digest: () => {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(~high >>> 0, 0);
      bytes.writeUInt32BE(~low >>> 0, 4);
      return bytes.toString('base64');
    },
  };
}

const nvme = nvmeTable();

function nvmeTable(): { readonly high: Uint32Array; readonly low: Uint32Array } {
  const [high, low] = [new Uint32Array(256), new Uint32Array(256)];
  for (let index = 0; index < 256; index += 1) {
    let value = BigInt(index);
    for (let bit = 0; bit < 8; bit += 1)
      value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
    high[index] = Number(value >> 32n);
    low[index] = Number(value & 0xffffffffn);
  }
  return { high, low };
}
