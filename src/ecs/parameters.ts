import type { Clients } from './clients.ts';
import { awsCode } from './failure.ts';

export async function readParameter(clients: Clients, name: string): Promise<string | null> {
  const { GetParameterCommand } = await import('@aws-sdk/client-ssm');
  try {
    const { Parameter } = await clients.ssm.send(
      new GetParameterCommand({ Name: name, WithDecryption: true }),
    );
    return Parameter?.Value ?? null;
  } catch (error) {
    if (awsCode(error) === 'ParameterNotFound') return null;
    throw error;
  }
}

export interface KeptParameter {
  /** What follows the folder: `db/url`. */
  readonly name: string;
  /** Decrypted. */
  readonly value: string;
  readonly since: Date;
}

/** All that is kept in a folder, and in those below it where that is wanted. */
export async function* parametersBelow(
  clients: Clients,
  folder: string,
  { recursive }: { readonly recursive: boolean },
): AsyncGenerator<KeptParameter> {
  const { paginateGetParametersByPath } = await import('@aws-sdk/client-ssm');
  const asked = { Path: folder, Recursive: recursive, WithDecryption: true };
  for await (const { Parameters = [] } of paginateGetParametersByPath({ client: clients.ssm }, asked))
    for (const { Name = '', Value: value = '', LastModifiedDate: since = new Date(0) } of Parameters)
      yield { name: Name.slice(folder.length + 1), value, since };
}

/** Values directly below a folder, by what follows it, decrypted. */
export async function readParametersBelow(
  clients: Clients,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, value } of parametersBelow(clients, folder, { recursive: false }))
    found.set(name, value);
  return found;
}

export async function putParameter(
  clients: Clients,
  name: string,
  value: string,
  type: 'String' | 'SecureString',
): Promise<void> {
  const { PutParameterCommand } = await import('@aws-sdk/client-ssm');
  await clients.ssm.send(new PutParameterCommand({ Name: name, Value: value, Type: type, Overwrite: true }));
}

/** May be repeated. */
export async function removeParameter(clients: Clients, name: string): Promise<void> {
  const { DeleteParameterCommand } = await import('@aws-sdk/client-ssm');
  try {
    await clients.ssm.send(new DeleteParameterCommand({ Name: name }));
  } catch (error) {
    if (awsCode(error) !== 'ParameterNotFound') throw error;
  }
}
