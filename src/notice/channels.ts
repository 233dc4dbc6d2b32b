import type { Environment, KeptReference } from '../app/environment.ts';
import { whoAsks } from '../ecs/account.ts';
import type { Clients } from '../ecs/clients.ts';
import { readKept } from '../ecs/kept-value.ts';
import { publish, sendMail } from '../ecs/messages.ts';
import type { Channel } from './channel.ts';
import { gitHub, gitHubOf } from './github.ts';
import { subjectOf, textOf } from './notice.ts';
import { sendGrid, sendGridApi } from './send-grid.ts';
import { sentry, sentryOf } from './sentry.ts';
import { slack } from './slack.ts';

export interface ChannelsInput {
  readonly environment: Pick<Environment, 'notifications'>;
  readonly clients: Clients;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Everybody whom the description wants told. Sentry is told of every release, whatever people are told about. */
export function channelsOf({ environment: { notifications }, clients, env }: ChannelsInput): {
  readonly people: readonly Channel[];
  readonly sentry: readonly Channel[];
} {
  const kept = (reference: KeptReference) => (): Promise<string> => readKept(clients, reference);
  const { topic, slack: webhook, mail, github, sentry: recorded } = notifications;
  const people: Channel[] = [];
  if (topic !== null) people.push(snsTopic(clients, topic));
  if (webhook !== null) people.push(slack(kept(webhook)));
  if (mail !== null && mail.to.length > 0)
    people.push(
      mail.sendGrid === null
        ? amazonSes(clients, mail)
        : sendGrid({ ...mail, api: env['SENDGRID_API_URL'] ?? sendGridApi, key: kept(mail.sendGrid) }),
    );
  const actions = github ? gitHubOf(env) : null;
  if (actions !== null) people.push(gitHub(actions));
  const records = recorded === null ? null : sentryOf(env, recorded);
  return { people, sentry: records === null ? [] : [sentry(records)] };
}

function snsTopic(clients: Clients, topic: string): Channel {
  return {
    name: `the topic ${topic}`,
    async tell(notice) {
      const { accountId } = await whoAsks(clients);
      await publish(clients, topic, accountId, { subject: subjectOf(notice), text: textOf(notice) });
    },
  };
}

function amazonSes(
  clients: Clients,
  address: { readonly from: string; readonly to: readonly string[] },
): Channel {
  return {
    name: 'e-mail',
    tell: (notice) => sendMail(clients, address, { subject: subjectOf(notice), text: textOf(notice) }),
  };
}
