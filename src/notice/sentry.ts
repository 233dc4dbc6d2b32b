import type { Channel } from './channel.ts';
import { ask } from './http.ts';

export interface Sentry {
  /** `https://sentry.io`. */
  readonly url: string;
  readonly organization: string;
  readonly project: string;
  readonly token: string;
}

/** Null where no token is at hand; by the names that Sentry's own tools have for it. */
export function sentryOf(
  env: Readonly<Record<string, string | undefined>>,
  { organization, project }: Pick<Sentry, 'organization' | 'project'>,
): Sentry | null {
  const { SENTRY_URL: url = 'https://sentry.io', SENTRY_AUTH_TOKEN: token = '' } = env;
  return token === '' ? null : { url: url.replace(/\/$/, ''), organization, project, token };
}

/** What is live is recorded as a release and its deploy, so that Sentry can tell since when an error is there. */
export function sentry({ url, organization, project, token }: Sentry): Channel {
  return {
    name: 'Sentry',
    async tell({ verdict, app, release, environment, job, startedAt, endedAt }, signal) {
      if (verdict !== 'succeeded' || release === null) return;
      const version = `${app}@${release}`;
      const releases = `${url}/api/0/organizations/${organization}/releases/`;
      await ask('Sentry', { url: releases, token, body: { version, projects: [project] }, signal });
      await ask('Sentry', {
        url: `${releases}${encodeURIComponent(version)}/deploys/`,
        token,
        body: {
          environment,
          name: job,
          dateStarted: new Date(startedAt).toISOString(),
          dateFinished: new Date(endedAt).toISOString(),
        },
        signal,
      });
    },
  };
}
