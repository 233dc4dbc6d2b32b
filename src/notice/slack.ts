import type { Channel } from './channel.ts';
import { ask } from './http.ts';
import { textOf } from './notice.ts';

/** An incoming webhook of Slack, or of Mattermost, Discord (`/slack`) and others that take the same. */
export function slack(webhook: () => Promise<string>): Channel {
  return {
    name: 'Slack',
    async tell(notice, signal) {
      const [subject = '', ...rest] = textOf(notice).split('\n').map(plain);
      const sign = notice.verdict === 'succeeded' ? '✅' : '❌';
      const text = [`${sign} *${subject}*`, ...rest].join('\n');
      await ask('the webhook', { url: await webhook(), body: { text }, signal });
    },
  };
}

/** What Slack's own markup would take for a link or a mention. */
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
