import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { GateOutcome } from '../../../src/deployment/gates/gate.ts';
import { strike, striker } from '../../../src/deployment/gates/redaction.ts';
import { runGate } from '../../../src/deployment/gates/run.ts';
import { serve } from '../../traffic/server.ts';
import { context, health, step } from './stand.ts';

/** Every form in which a secret may be written, made without the code under test. */
const forms = (secret: string): readonly string[] => {
  const bytes = Buffer.from(secret);
  const query = new URLSearchParams({ q: secret }).toString().slice(2);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    JSON.stringify(secret)
      .slice(1, -1)
      .replaceAll('/', String.raw`\/`),
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase() === encodeURIComponent(secret)
      ? secret
      : encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase()),
    query,
    encodeURI(secret),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ];
};

/** In something longer, where its base64 starts at another bit. */
const embedded = (secret: string): readonly string[] =>
  ['', 'u', 'us', 'user'].map((before) => Buffer.from(`${before}:${secret}:after`).toString('base64'));

/** Nothing that Fairway itself would say, and not the stars that stand for a secret. */
const secrets = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 4, maxLength: 60 }),
    fc.string({ unit: 'grapheme', minLength: 4, maxLength: 60 }),
    fc.string({ unit: 'binary-ascii', minLength: 4, maxLength: 60 }),
    fc.base64String({ minLength: 16, maxLength: 200 }),
    fc.stringMatching(/^[a-zA-Z0-9+/_!'()*~.$&=%"\\ -]{6,40}$/),
  )
  .filter((secret) => !/^[*\s]*$/.test(secret) && !/^["\\{}[\],:.*\s]*$/.test(secret));

function expectHidden(text: string, secret: string): void {
  for (const form of forms(secret)) if (form.length >= 4) expect(text).not.toContain(form);
  for (const [run] of text.matchAll(/[\w+/-]{5,}/g))
    expect(Buffer.from(run, 'base64').toString('utf8')).not.toContain(secret);
}

test('no form of a secret is left in a text', () => {
  fc.assert(
    fc.property(fc.array(secrets, { minLength: 1, maxLength: 3 }), (several) => {
      const clear = striker(several);
      for (const secret of several)
        for (const form of [...forms(secret), ...embedded(secret)])
          for (const text of [form, `<${form}>`, `x ${form} y ${form}`, JSON.stringify({ a: form })]) {
            const struck = clear(text);
            expect(struck).not.toBe(text);
            expectHidden(struck, secret);
          }
    }),
    { numRuns: 300 },
  );
});

test('a secret within a longer one leaves nothing of the longer one behind', () => {
  expect(striker(['pass', 'password-1', 'password'])('it is password-1, password, pass')).toBe(
    'it is ***, ***, ***',
  );
});

test('the end of a text may not be the beginning of a secret', () => {
  expect(strike('{"token":"abcdefgh', ['abcdefghijkl'])).toBe('{"token":"***');
  expect(strike('ends with abcde', ['abcdefghijkl'])).toBe('ends with abcde');
});

test('a short secret is struck only where it stands alone', () => {
  expect(strike('id 7 of 77, [7], 7.5', ['7'])).toBe('id *** of 77, [***], 7.5');
});

test('nothing is struck where nothing is secret', () => {
  expect(strike('GET /health (a.b) [c] $1', ['', ' '])).toBe('GET /health (a.b) [c] $1');
});

test('a password in an address and a signed token show by their shape', () => {
  expect(strike('at postgres://app:s3cr3t@db:5432/app and http://db:80/a@b', [])).toBe(
    'at postgres://app:***@db:5432/app and http://db:80/a@b',
  );
  expect(strike('Bearer eyJhbGciOi.eyJzdWIi.c2ln-_ end', [])).toBe('Bearer *** end');
});

describe('no outcome of a gate shows a secret that its target echoes', () => {
  afterEach(() => vi.unstubAllEnvs());

  /** Says it in every way. */
  const echo = (secret: string): string =>
    [
      ...forms(secret),
      ...embedded(secret),
      JSON.stringify({ token: secret, nested: JSON.stringify({ secret }) }),
    ].join('\n');

  function expectClean(outcome: GateOutcome, secret: string): void {
    expect(outcome.passed).toBe(false);
    expectHidden(JSON.stringify(outcome), secret);
    const texts = outcome.evidence
      .flatMap((one) => Object.values(one).flat())
      .filter((one) => typeof one === 'string');
    for (const text of [outcome.summary, ...texts]) expectHidden(text, secret);
  }

  test('health: in its body and its headers', async () => {
    let secret = '';
    const { url } = await serve((_, response) => {
      response.setHeader('x-echo', encodeURIComponent(secret));
      response.end(JSON.stringify({ text: echo(secret), [secret]: secret, json: secret }));
    });
    const gate = health(
      { headers: { 'x-echo': 'none' }, contains: 'nowhere', json: { json: 'x', text: 1 } },
      0.001,
    );
    await fc.assert(
      fc.asyncProperty(secrets, async (random) => {
        secret = random;
        expectClean(await runGate(gate, context(url, { secrets: [secret] })), secret);
      }),
      { numRuns: 60 },
    );
  });

  test('health: a secret header of the target that comes back', async () => {
    const { url } = await serve((request, response) =>
      response.end(`you sent ${String(request.headers['x-secret'])}`),
    );
    const target = { url, headers: { 'x-secret': 'of-the-test-rule' } };
    const outcome = await runGate(health({ contains: 'nowhere' }), context(url, { target }));
    expect(outcome.evidence).toMatchObject([{ body: 'you sent ***' }]);
  });

  test('health: a body that is cut within a secret', async () => {
    const secret = 'correct horse battery staple '.repeat(10);
    const { url } = await serve((_, response) => response.end('.'.repeat(1_900) + secret));
    const outcome = await runGate(health({ contains: 'no' }), context(url, { secrets: [secret] }));
    expect(outcome.evidence).toMatchObject([{ body: `${'.'.repeat(1_900)}***` }]);
  });

  test('smoke: a value that was kept', async () => {
    let secret = '';
    const { url } = await serve((request, response) =>
      response.end(
        request.method === 'POST' ? JSON.stringify({ data: { it: secret } }) : echo(secret) + request.url,
      ),
    );
    const steps = [
      step('first', 'POST /', { keep: { it: 'data.it' } }),
      step('then', 'GET /of/{{it}}?and={{it}}', { expect: { contains: 'nowhere' } }),
    ];
    await fc.assert(
      fc.asyncProperty(secrets, async (random) => {
        secret = random;
        const outcome = await runGate({ kind: 'smoke', name: 'smoke', steps }, context(url));
        expect(outcome.summary).toContain('step "then" (2 of 2): GET /of/***');
        expectClean(outcome, secret);
      }),
      { numRuns: 60 },
    );
  });

  test('integration: what the command prints', async () => {
    const root = mkdtempSync(join(tmpdir(), 'fairway-secret-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    await fc.assert(
      fc.asyncProperty(secrets, async (secret) => {
        writeFileSync(join(root, 'said'), echo(secret));
        const gate = {
          kind: 'integration',
          name: 'tests',
          command: 'cat said; exit 1',
          timeout: 60,
        } as const;
        expectClean(await runGate(gate, context('http://127.0.0.1:1', { root, secrets: [secret] })), secret);
      }),
      { numRuns: 40 },
    );
  });

  test('integration: a key of several lines, and one of the user’s own environment', async () => {
    vi.stubEnv('SOME_API_KEY', 'k-1234567890');
    const key = '-----BEGIN KEY-----\nMIIabc\nMIIdef\n-----END KEY-----';
    const command = `printf '%s\\n' "$SOME_API_KEY" '${key}'; exit 1`;
    const gate = { kind: 'integration', name: 'tests', command, timeout: 60 } as const;
    const outcome = await runGate(gate, context('http://127.0.0.1:1', { secrets: [key] }));
    expect(outcome.evidence).toMatchObject([{ lines: ['***', '***'] }]);
  });
});
