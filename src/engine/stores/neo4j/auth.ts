import { createHash, randomBytes } from 'node:crypto';
import { unready } from '../place.ts';

const iterations = 1024;

/** The password in `NEO4J_AUTH=neo4j/<password>`; null for `none`. Fails with a `TaskStartError`. */
export function readAuth(value: string | undefined): string | null {
  if (value === 'none') return null;
  const password = /^neo4j\/(.+)$/s.exec(value ?? '')?.[1];
  if (password === undefined) throw unready('set NEO4J_AUTH to neo4j/<password>, or to none');
  // Neo4j's own least length.
  if (password.length < 8) throw unready('the password in NEO4J_AUTH has fewer than 8 characters');
  return password;
}

/**
 * The file in which `neo4j-admin dbms set-initial-password` leaves the first user for the first start. That program takes
 * the password as an argument, which everybody on the machine sees, and a Java machine to start.
 */
export function firstUser(password: string): string {
  const salt = randomBytes(32);
  let hash = createHash('sha256').update(salt).update(password).digest();
  for (let round = 1; round < iterations; round += 1) hash = createHash('sha256').update(hash).digest();
  return `neo4j:SHA-256,${hash.toString('hex')},${salt.toString('hex')},${iterations}:\n`;
}
