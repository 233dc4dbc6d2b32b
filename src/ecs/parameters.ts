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

/** Values directly below a folder, by what follows it, decrypted. */
export async function readParametersBelow(
  clients: Clients,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const { paginateGetParametersByPath } = await import('@aws-sdk/client-ssm');
  const found = new Map<string, string>();
  const asked = { Path: folder, WithDecryption: true };
  for await (const { Parameters } of paginateGetParametersByPath({ client: clients.ssm }, asked))
    for (const { Name = '', Value = '' } of Parameters ?? []) found.set(Name.slice(folder.length + 1), Value);
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
