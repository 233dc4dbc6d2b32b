import { X509Certificate, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { makeCertificate } from './certificate.ts';
import { identityToken, reader, user } from './users.ts';

export interface Tokens {
  /** What the registry is told of it. */
  readonly setting: object;
  stop(): Promise<void>;
}

const issuer = 'tokens of a test';
const service = 'registry of a test';

/** Gives out the tokens that a registry with `auth: token` wants: for a user's password, or an identity token. */
export async function startTokens(folder: string): Promise<Tokens> {
  const { key, certificate } = makeCertificate(folder);
  const signer = {
    key: createPrivateKey(readFileSync(key)),
    x5c: [new X509Certificate(readFileSync(certificate)).raw.toString('base64')],
  };
  const server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    setting: { realm: `http://127.0.0.1:${port}/token`, service, issuer, rootcertbundle: certificate },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
    const url = new URL(request.url ?? '/', 'http://tokens');
    let form = '';
    for await (const part of request) form += String(part);
    const said = request.method === 'POST' ? new URLSearchParams(form) : url.searchParams;
    const who = request.method === 'POST' ? ofIdentity(said) : ofPassword(request);
    if (who === null)
      return { status: 401, body: { errors: [{ code: 'UNAUTHORIZED', message: 'who are you?' }] } };
    const token = tokenFor(who, said.getAll('scope'));
    return { status: 200, body: request.method === 'POST' ? { access_token: token } : { token } };
  }

  function tokenFor(who: string, scopes: readonly string[]): string {
    const access = scopes.flatMap((scope) => {
      const [type = '', name = '', actions = ''] = scope.split(':');
      const allowed = actions.split(',').filter((action) => who === user.name || action === 'pull');
      return allowed.length === 0 ? [] : [{ type, name, actions: allowed }];
    });
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      sub: who,
      aud: service,
      exp: now + 300,
      nbf: now - 10,
      iat: now,
      jti: randomBytes(8).toString('hex'),
      access,
    };
    const text = [{ typ: 'JWT', alg: 'RS256', x5c: signer.x5c }, claims].map(encoded).join('.');
    return `${text}.${sign('sha256', Buffer.from(text), signer.key).toString('base64url')}`;
  }
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function ofPassword({ headers }: IncomingMessage): string | null {
  const basic = headers.authorization?.replace(/^Basic /, '') ?? '';
  const said = Buffer.from(basic, 'base64').toString();
  return [user, reader].find(({ name, password }) => said === `${name}:${password}`)?.name ?? null;
}

function ofIdentity(form: URLSearchParams): string | null {
  const good = form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === identityToken;
  return good ? user.name : null;
}
