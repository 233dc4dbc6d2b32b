import { ListClustersCommand } from '@aws-sdk/client-ecs';
import { describe, expect, test } from 'vitest';
import { accessProblem } from '../../src/ecs/refused-access.ts';
import { clientsAt } from './rig.ts';
import { freePort } from '../ports.ts';

describe('what AWS has against the credentials', () => {
  test.each([
    ['CredentialsProviderError', 'no-credentials'],
    ['TokenProviderError', 'credentials-expired'],
    ['ExpiredTokenException', 'credentials-expired'],
    ['UnrecognizedClientException', 'credentials-unknown'],
    ['AccessDeniedException', 'access-denied'],
  ])('%s is told as %s, in its own words', (name, code) => {
    const error = Object.assign(new Error('as AWS says it'), { name });
    expect(accessProblem(error)).toMatchObject({ code, why: 'as AWS says it' });
  });

  test('is nothing where it has something against the request', () => {
    expect(accessProblem(Object.assign(new Error('bad'), { name: 'InvalidParameterException' }))).toBeNull();
    expect(accessProblem('no error')).toBeNull();
  });
});

test('an engine that is not there is told with its address', async () => {
  const port = await freePort();
  const asked = clientsAt(`http://127.0.0.1:${port}`).ecs.send(new ListClustersCommand({}));
  const error = await asked.catch((failure: unknown) => failure);
  expect(accessProblem(error)).toMatchObject({
    code: 'engine-unreachable',
    where: `127.0.0.1:${port}`,
  });
});
