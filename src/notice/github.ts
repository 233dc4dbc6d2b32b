import { z } from '../app/schema/zod.ts';
import type { Channel } from './channel.ts';
import { ask } from './http.ts';
import { subjectOf, textOf, type Notice } from './notice.ts';

/** As GitHub Actions gives it to a job. */
export interface GitHub {
  /** `https://api.github.com`. */
  readonly api: string;
  /** `acme/shop`. */
  readonly repository: string;
  readonly commit: string;
  readonly token: string;
}

/** Null outside GitHub Actions, or where the job was not given the token. */
export function gitHubOf(env: Readonly<Record<string, string | undefined>>): GitHub | null {
  const { GITHUB_API_URL: api = 'https://api.github.com', GITHUB_TOKEN: token = '' } = env;
  const { GITHUB_REPOSITORY: repository = '', GITHUB_SHA: commit = '' } = env;
  return token === '' || repository === '' || commit === '' ? null : { api, repository, commit, token };
}

const made = z.object({ id: z.number() });
const pulls = z.array(z.object({ number: z.number(), state: z.string() }));
const comments = z.array(z.object({ id: z.number(), body: z.string().optional() }));

/** A deployment of the commit with its status, and one comment on each open pull request of it, which is kept up to date. */
export function gitHub({ api, repository, commit, token }: GitHub): Channel {
  return {
    name: 'GitHub',
    async tell(notice, signal) {
      const call = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<unknown> =>
        ask('GitHub', { method, url: `${api}/repos/${repository}${path}`, token, body, signal });
      const deployment = made.parse(
        await call('POST', '/deployments', {
          ref: commit,
          environment: notice.environment,
          description: `${notice.app}: ${notice.job}`,
          auto_merge: false,
          required_contexts: [],
          production_environment: notice.environment === 'production',
        }),
      );
      await call('POST', `/deployments/${deployment.id}/statuses`, statusOf(notice));
      for (const { number, state } of pulls.parse(await call('GET', `/commits/${commit}/pulls`)))
        if (state === 'open') await comment(call, number, notice);
    },
  };
}

/** As GitHub shows them; a description has 140 characters. */
function statusOf(notice: Notice) {
  return {
    state: notice.verdict === 'succeeded' ? 'success' : 'failure',
    description: subjectOf(notice).slice(0, 140),
    ...(notice.url === null ? {} : { environment_url: notice.url }),
    auto_inactive: notice.verdict === 'succeeded',
  };
}

async function comment(
  call: (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown) => Promise<unknown>,
  pull: number,
  notice: Notice,
): Promise<void> {
  const mark = `<!-- fairway:${notice.app}/${notice.environment} -->`;
  const body = `${mark}\n${textOf(notice).replaceAll('\n', '  \n')}`;
  const known = comments.parse(await call('GET', `/issues/${pull}/comments?per_page=100`));
  const ours = known.find((one) => one.body?.startsWith(mark) === true);
  if (ours === undefined) await call('POST', `/issues/${pull}/comments`, { body });
  else await call('PATCH', `/issues/comments/${ours.id}`, { body });
}
