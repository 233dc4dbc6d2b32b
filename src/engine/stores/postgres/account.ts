import { chownSync, readFileSync } from 'node:fs';

/** A user of the machine. PostgreSQL insists on one that has a name and is not root. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const preferred = ['postgres', '_postgres', 'nobody'];

/** The user PostgreSQL runs as where the engine is root; null where it is not, or where the machine has no such user. */
export function postgresAccount(passwd = readPasswd()): Account | null {
  for (const name of preferred) {
    const fields = passwd
      .split('\n')
      .map((line) => line.split(':'))
      .find((line) => line[0] === name);
    const uid = Number(fields?.[2]);
    const gid = Number(fields?.[3]);
    // macOS writes nobody as -2.
    if (fields && Number.isInteger(uid) && Number.isInteger(gid) && uid !== 0)
      return { name, uid: uid >>> 0, gid: gid >>> 0 };
  }
  return null;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

export function giveTo(path: string, account: Account | null): void {
  if (account !== null) chownSync(path, account.uid, account.gid);
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
