import type { AppEnvironment } from './app.ts';
import type { KeptReference, Notifications } from './environment.ts';
import { fill } from './names.ts';
import type { CheckedEnvironment } from './schema/settings.ts';

type Said = NonNullable<CheckedEnvironment['notifications']>;

/** All that there is to be told about. */
const everything = ['deployed', 'failed', 'alarm', 'approval', 'incident', 'mobile-build'] as const;

/** On this machine nobody is told: what a rehearsal does is no news. */
export function notificationsOf(app: string, { name, engine, settings }: AppEnvironment): Notifications {
  const { notifications: said, sentry } = settings;
  if (engine === 'embedded') return { ...silence };
  const { organization } = sentry ?? {};
  return {
    ...(said === undefined ? silence : spoken(app, name, said)),
    sentry: organization === undefined ? null : { organization, project: sentry?.project ?? app },
  };
}

const silence: Notifications = {
  about: [],
  topic: null,
  slack: null,
  mail: null,
  github: false,
  sentry: null,
};

function spoken(app: string, environment: string, said: Said): Notifications {
  const { topic = '{app}-{environment}', emails, about = everything, slack, mail, github } = said;
  return {
    about,
    topic: fill(topic, { app, environment }),
    slack: slack === undefined ? null : keptAt(slack),
    mail:
      mail === undefined
        ? null
        : {
            from: mail.from,
            to: emails,
            sendGrid: mail.sendGrid === undefined ? null : keptAt(mail.sendGrid),
          },
    github,
    sentry: null,
  };
}

function keptAt(said: NonNullable<Said['slack']>): KeptReference {
  if ('parameter' in said) return { from: 'parameter', name: said.parameter };
  return { from: 'secret', name: said.secret, key: said.key ?? null };
}
