import type { Channel } from './channel.ts';
import { ask } from './http.ts';
import { subjectOf, textOf } from './notice.ts';

export interface SendGrid {
  readonly api: string;
  readonly key: () => Promise<string>;
  readonly from: string;
  readonly to: readonly string[];
}

export const sendGridApi = 'https://api.sendgrid.com';

/** Mail by SendGrid (`POST /v3/mail/send`). */
export function sendGrid({ api, key, from, to }: SendGrid): Channel {
  return {
    name: 'e-mail',
    async tell(notice, signal) {
      await ask('SendGrid', {
        url: `${api}/v3/mail/send`,
        token: await key(),
        body: {
          personalizations: [{ to: to.map((email) => ({ email })) }],
          from: { email: from },
          subject: subjectOf(notice),
          content: [{ type: 'text/plain', value: textOf(notice) }],
        },
        signal,
      });
    },
  };
}
