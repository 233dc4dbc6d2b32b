import { describe, expect, test } from 'vitest';
import { tellAll } from '../../src/notice/channel.ts';
import { gitHub, gitHubOf } from '../../src/notice/github.ts';
import { sendGrid } from '../../src/notice/send-grid.ts';
import { sentry, sentryOf } from '../../src/notice/sentry.ts';
import { slack } from '../../src/notice/slack.ts';
import { freePort } from '../ports.ts';
import { rolledBack, succeeded } from './notices.ts';
import { receiver } from './receiver.ts';

describe('a webhook as Slack has it', () => {
  test('gets the text, in which nothing is markup but ours', async () => {
    const { url, received } = await receiver();
    const untold = await tellAll([slack(async () => `${url}/services/T0/B0/secret`)], rolledBack);
    expect(untold).toEqual([]);
    expect(received).toEqual([
      {
        line: 'POST /services/T0/B0/secret',
        authorization: null,
        body: {
          text: [
            '❌ *shop production: deploy was rolled back: the old version runs, as before*',
            'api: sign in: 500 &lt;oops&gt; &amp; more',
            'by anna@laptop, in 83 s',
            'deployment 20261120-101502-007a1; `fairway history production` shows it',
            'https://shop.example.com',
          ].join('\n'),
        },
      },
    ]);
  });

  test('that is gone is told without its address, which is a secret', async () => {
    const { url } = await receiver(() => ({ status: 404 }));
    const untold = await tellAll([slack(async () => `${url}/services/T0/B0/secret`)], succeeded);
    expect(untold).toEqual([{ channel: 'Slack', why: 'the webhook answered 404 Not Found' }]);
  });

  test('that cannot be reached is told without its address', async () => {
    const port = await freePort();
    const untold = await tellAll([slack(async () => `http://127.0.0.1:${port}/secret`)], succeeded);
    expect(untold).toEqual([{ channel: 'Slack', why: 'the webhook could not be reached: ECONNREFUSED' }]);
  });

  test('is told though another fails', async () => {
    const { url, received } = await receiver();
    const broken = { name: 'broken', tell: () => Promise.reject(new Error('no')) };
    const untold = await tellAll([broken, slack(async () => url)], succeeded);
    expect(untold).toEqual([{ channel: 'broken', why: 'no' }]);
    expect(received).toHaveLength(1);
  });
});

test('SendGrid gets one mail to everybody', async () => {
  const { url, received } = await receiver(() => ({ status: 202 }));
  const channel = sendGrid({
    api: url,
    key: async () => 'SG.key',
    from: 'deployments@example.com',
    to: ['ana@example.com', 'ben@example.com'],
  });
  expect(await tellAll([channel], succeeded)).toEqual([]);
  expect(received).toMatchObject([
    {
      line: 'POST /v3/mail/send',
      authorization: 'Bearer SG.key',
      body: {
        personalizations: [{ to: [{ email: 'ana@example.com' }, { email: 'ben@example.com' }] }],
        from: { email: 'deployments@example.com' },
        subject: 'shop production: deploy succeeded (release 1f0c22ab90de)',
      },
    },
  ]);
});

describe('GitHub', () => {
  const actions = { repository: 'acme/shop', commit: 'c0ffee', token: 'ghs_token' };
  const answers =
    (comments: readonly unknown[]) =>
    (line: string): { body: unknown } => {
      if (line === 'POST /repos/acme/shop/deployments') return { body: { id: 7 } };
      if (line === 'GET /repos/acme/shop/commits/c0ffee/pulls')
        return {
          body: [
            { number: 12, state: 'open' },
            { number: 3, state: 'closed' },
          ],
        };
      if (line.startsWith('GET /repos/acme/shop/issues/12/comments')) return { body: comments };
      return { body: {} };
    };

  test('gets a deployment, its status, and a comment on each open pull request', async () => {
    const { url, received } = await receiver(answers([{ id: 1, body: 'nice' }]));
    expect(await tellAll([gitHub({ api: url, ...actions })], succeeded)).toEqual([]);
    expect(received.map(({ line }) => line)).toEqual([
      'POST /repos/acme/shop/deployments',
      'POST /repos/acme/shop/deployments/7/statuses',
      'GET /repos/acme/shop/commits/c0ffee/pulls',
      'GET /repos/acme/shop/issues/12/comments?per_page=100',
      'POST /repos/acme/shop/issues/12/comments',
    ]);
    expect(received.map(({ authorization }) => authorization)).toEqual(Array(5).fill('Bearer ghs_token'));
    expect(received[0]?.body).toMatchObject({ ref: 'c0ffee', environment: 'production' });
    expect(received[1]?.body).toMatchObject({
      state: 'success',
      environment_url: 'https://shop.example.com',
    });
    expect(received[4]?.body).toMatchObject({
      body: expect.stringMatching(/^<!-- fairway:shop\/production -->\nshop production: deploy succeeded/),
    });
  });

  test('has its comment brought up to date by the next deployment', async () => {
    const mark = '<!-- fairway:shop/production -->\nbefore';
    const { url, received } = await receiver(answers([{ id: 5, body: mark }]));
    expect(await tellAll([gitHub({ api: url, ...actions })], rolledBack)).toEqual([]);
    expect(received[1]?.body).toMatchObject({ state: 'failure' });
    expect(received.at(-1)).toMatchObject({
      line: 'PATCH /repos/acme/shop/issues/comments/5',
      body: { body: expect.stringContaining('was rolled back') },
    });
  });

  test('is known by what Actions gives to a job, and else not at all', () => {
    const env = { GITHUB_REPOSITORY: 'acme/shop', GITHUB_SHA: 'c0ffee', GITHUB_TOKEN: 'ghs_token' };
    expect(gitHubOf(env)).toEqual({ api: 'https://api.github.com', ...actions });
    expect(gitHubOf({ ...env, GITHUB_TOKEN: undefined })).toBeNull();
  });
});

describe('Sentry', () => {
  const env = { SENTRY_AUTH_TOKEN: 'sntrys_token' };

  test('gets the release and its deploy', async () => {
    const { url, received } = await receiver();
    const known = sentryOf({ ...env, SENTRY_URL: `${url}/` }, { organization: 'acme', project: 'shop' });
    if (known === null) throw new Error('a token was given');
    expect(await tellAll([sentry(known)], succeeded)).toEqual([]);
    expect(received).toEqual([
      {
        line: 'POST /api/0/organizations/acme/releases/',
        authorization: 'Bearer sntrys_token',
        body: { version: 'shop@1f0c22ab90de', projects: ['shop'] },
      },
      {
        line: 'POST /api/0/organizations/acme/releases/shop%401f0c22ab90de/deploys/',
        authorization: 'Bearer sntrys_token',
        body: {
          environment: 'production',
          name: 'deploy',
          dateStarted: '1970-01-01T00:00:00.000Z',
          dateFinished: '1970-01-01T00:01:23.400Z',
        },
      },
    ]);
  });

  test('is told nothing of what is not live', async () => {
    const { url, received } = await receiver();
    const known = { url, organization: 'acme', project: 'shop', token: 'sntrys_token' };
    expect(await tellAll([sentry(known)], rolledBack)).toEqual([]);
    expect(received).toEqual([]);
  });
});
