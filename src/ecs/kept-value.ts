import type { KeptReference } from '../app/environment.ts';
import { Refusal } from '../refusal.ts';
import type { Clients } from './clients.ts';
import { readParameter } from './parameters.ts';

/** A value that the deployer itself needs. It is secret: whoever has it strikes it from all that is told. */
export async function readKept(clients: Clients, reference: KeptReference): Promise<string> {
  const value = await read(clients, reference);
  if (value !== null && value !== '') return value;
  const place = reference.from === 'parameter' ? reference.name : keyText(reference);
  throw new Refusal({
    code: 'value-missing',
    what: `there is no value at ${place}`,
    where: reference.from === 'parameter' ? 'Parameter Store' : 'Secrets Manager',
    next: 'give it one, or change where the description says that it is kept',
  });
}

async function read(clients: Clients, reference: KeptReference): Promise<string | null> {
  if (reference.from === 'parameter') return readParameter(clients, reference.name);
  const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const secrets = await clients.secrets();
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: reference.name }));
  return reference.key === null ? (SecretString ?? null) : keyIn(SecretString ?? '', reference.key);
}

function keyIn(text: string, key: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !(key in value)) return null;
    const found: unknown = Reflect.get(value, key);
    return typeof found === 'string' ? found : null;
  } catch {
    // The parser's words would hold a piece of the secret.
    return null;
  }
}

function keyText({ name, key }: Extract<KeptReference, { from: 'secret' }>): string {
  return key === null ? name : `${name}, key ${key}`;
}
