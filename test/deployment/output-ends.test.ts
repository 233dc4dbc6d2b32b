import { describe, expect, it } from 'vitest';
import { outputEnds } from '../../src/deployment/output-ends.ts';
import { lastLines } from '../../src/ecs/one-off.ts';
import { clientsOfStub } from '../ecs/rig.ts';

const log = {
  group: '/shop',
  prefix: 'api',
  containerName: 'api',
  taskArn: 'arn:aws:ecs:local:0:task/shop/7',
};
const said = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}`);

/** A log service that gives pages of 30 lines, and tells the end by the token that it was given. */
async function endsOf(count: number, most = 30) {
  const all = said(count);
  const clients = await clientsOfStub((_, input) => {
    const { nextToken }: { nextToken?: string } = Object(input);
    const from = Number(nextToken ?? 0);
    const events = all.slice(from, from + most).map((message) => ({ timestamp: 1, message }));
    return Promise.resolve({ events, nextForwardToken: String(from + events.length) });
  });
  return outputEnds(clients, log, all.slice(-lastLines));
}

describe('the evidence of a command that said', () => {
  it('little is what it said', async () => {
    expect(await endsOf(12)).toEqual({ lines: said(12) });
  });

  it.each([13, 39, 40, 41, 48])('%i lines leaves none of them out', async (count) => {
    const { first, lines } = await endsOf(count);
    expect(first?.leftOut).toBe(0);
    expect([...(first?.lines ?? []), ...lines]).toEqual(said(count));
  });

  it.each([49, 60, 250])('%i lines has the first and the last, and counts those between', async (count) => {
    const { first, lines } = await endsOf(count);
    expect(first?.lines).toEqual(said(8));
    expect(lines).toEqual(said(count).slice(-40));
    expect(first?.leftOut).toBe(count - 48);
  });

  it('more than can be counted says so', async () => {
    expect(await endsOf(400)).toMatchObject({ first: { lines: said(8), leftOut: null } });
  });

  it('much, in a log that cannot be read again, is what it said last', async () => {
    const clients = await clientsOfStub(() => Promise.reject(new Error('gone')));
    expect(await outputEnds(clients, log, said(40))).toEqual({ lines: said(40) });
  });
});
