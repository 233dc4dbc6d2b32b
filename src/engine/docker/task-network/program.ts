/**
 * The program of the container that holds a task's network: it does nothing until it is killed. It is put together here, byte
 * for byte, since no image can be counted on and no compiler either: an ELF file (`man 5 elf`) of a header, one segment, and
 * the few instructions that wait for a signal for ever. It needs no library, no file and no writable memory.
 */

/** As Docker names the architectures of daemons. */
export const architectures = ['amd64', 'arm64'] as const;
export type Architecture = (typeof architectures)[number];

interface Machine {
  /** `e_machine` of its programs. */
  readonly number: number;
  readonly instructions: readonly number[];
}

const machines: Readonly<Record<Architecture, Machine>> = {
  amd64: {
    number: 62, // EM_X86_64
    instructions: [
      [0xb8, 0x22, 0x00, 0x00, 0x00], // wait: mov eax, 34 (pause)
      [0x0f, 0x05], //                         syscall
      [0xeb, 0xf7], //                         jmp wait
    ].flat(),
  },
  arm64: {
    number: 183, // EM_AARCH64
    instructions: [
      // There is no pause here: `ppoll` of no files without a time limit is what the C library makes of it.
      0xd2800000, // wait: mov x0, #0 (no files; the call has put its result here)
      0xd2800001, //       mov x1, #0 (none)
      0xd2800002, //       mov x2, #0 (no time limit)
      0xd2800003, //       mov x3, #0 (no other signal mask)
      0xd2800928, //       mov x8, #73 (ppoll)
      0xd4000001, //       svc #0
      0x17fffffa, //       b wait (six instructions back)
    ].flatMap((word) => [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24]),
  },
};

const headerBytes = 64;
const segmentBytes = 56;
/** Both a whole number of pages, of whatever size they are: 4, 16 or 64 KiB. */
const base = 0x40_0000n;
const pageBytes = 0x1_0000n;

/** An executable for Linux, of some hundred bytes. */
export function waitingProgram(architecture: Architecture): Buffer {
  const { number, instructions } = machines[architecture];
  const start = headerBytes + segmentBytes;
  const file = Buffer.alloc(start + instructions.length);
  file.set([0x7f, 0x45, 0x4c, 0x46]); //               \x7fELF
  file.set([2, 1, 1], 4); //                           64 bits, little endian, version 1, System V
  file.writeUInt16LE(2, 16); //                        e_type: ET_EXEC, at a fixed address
  file.writeUInt16LE(number, 18); //                   e_machine
  file.writeUInt32LE(1, 20); //                        e_version
  file.writeBigUInt64LE(base + BigInt(start), 24); //  e_entry
  file.writeBigUInt64LE(BigInt(headerBytes), 32); //   e_phoff: the segments are told right behind the header
  file.writeUInt16LE(headerBytes, 52); //              e_ehsize
  file.writeUInt16LE(segmentBytes, 54); //             e_phentsize
  file.writeUInt16LE(1, 56); //                        e_phnum
  const segment = file.subarray(headerBytes, start);
  segment.writeUInt32LE(1, 0); //                            p_type: PT_LOAD
  segment.writeUInt32LE(5, 4); //                            p_flags: may be read and executed
  segment.writeBigUInt64LE(base, 16); //                     p_vaddr of the file's first byte
  segment.writeBigUInt64LE(base, 24); //                     p_paddr
  segment.writeBigUInt64LE(BigInt(file.length), 32); //      p_filesz
  segment.writeBigUInt64LE(BigInt(file.length), 40); //      p_memsz
  segment.writeBigUInt64LE(pageBytes, 48); //                p_align
  file.set(instructions, start);
  return file;
}
