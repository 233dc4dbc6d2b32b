import { credentialsFor, CredentialsUnreadable } from '../../repository/credentials.ts';
import { hostIn } from '../../repository/repository.ts';

/** What the daemon passes on to the registry that it pulls from. */
export interface PullAuthorization {
  /** Empty: it asks as anybody. */
  readonly headers: Readonly<Record<string, string>>;
  /** To be told behind why a pull failed: that there are credentials which cannot be read. */
  readonly missing: string;
}

/** By what `docker login` has kept. */
export async function pullAuthorization(
  reference: string,
  env: NodeJS.ProcessEnv,
): Promise<PullAuthorization> {
  const serveraddress = hostIn(reference);
  try {
    const credentials = await credentialsFor(serveraddress, env);
    if (credentials === null) return { headers: {}, missing: '' };
    const said =
      credentials.kind === 'password'
        ? { username: credentials.username, password: credentials.password }
        : { identitytoken: credentials.token };
    const auth = Buffer.from(JSON.stringify({ ...said, serveraddress })).toString('base64');
    // For URLs, but padded: the daemon takes anything else for nothing.
    const padded = auth.replaceAll('+', '-').replaceAll('/', '_');
    return { headers: { 'X-Registry-Auth': padded }, missing: '' };
  } catch (failure) {
    if (!(failure instanceof CredentialsUnreadable)) throw failure;
    return { headers: {}, missing: `; without credentials, which cannot be read: ${failure.message}` };
  }
}
