import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStand, type Stand } from './stand.ts';
import { findTool } from './tool.ts';

const python = findTool('python-with-boto3');

describe.skipIf(python === null)('boto3', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await openStand();
  });
  afterAll(() => stand?.[Symbol.asyncDispose]());

  it('makes a service from nothing, moves it, and takes it away, with its paginators, waiters and exceptions', async () => {
    const definition = await stand.run(python ?? '', [join(import.meta.dirname, 'everyday.py')]);
    expect(definition.trim().split('\n')).toEqual([
      'cluster ACTIVE',
      'revisions 2',
      'running 2 of 2',
      'pages 2',
      'moved to :2',
      'primary COMPLETED',
      'no such service ServiceNotFoundException',
      'drained 0',
      'service INACTIVE',
      'cluster INACTIVE',
    ]);
  });
});
