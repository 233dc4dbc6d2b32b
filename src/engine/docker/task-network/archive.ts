const blockBytes = 512;
/** An archive ends with two empty blocks. */
const end = Buffer.alloc(2 * blockBytes);

/** A tar archive (POSIX ustar) of one program, at this path: 99 characters at most. */
export function archiveOf(path: string, program: Buffer): Buffer {
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, digits: number): void => {
    header.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  };
  header.write(path, 0, 'latin1');
  octal(0o555, 100, 7); //           mode
  octal(0, 108, 7); //               owner
  octal(0, 116, 7); //               group
  octal(program.length, 124, 11);
  octal(0, 136, 11); //              time of its last change: always the same
  header.write(' '.repeat(8), 148, 'latin1'); // the checksum counts itself as spaces
  header.write('0', 156, 'latin1'); // an ordinary file
  header.write('ustar', 257, 'latin1');
  header.write('00', 263, 'latin1'); // of this format
  const sum = header.reduce((total, byte) => total + byte, 0);
  octal(sum, 148, 6);
  header.write('\0 ', 154, 'latin1');
  const padding = Buffer.alloc((blockBytes - (program.length % blockBytes)) % blockBytes);
  return Buffer.concat([header, program, padding, end]);
}
