import { channelsOf, type ChannelsInput } from './channels.ts';
import { tellAll, type Untold } from './channel.ts';
import { topicOf, type Notice } from './notice.ts';

/** Tells everybody who wants to know. Never fails, and holds nobody up for long: who could not be told is returned. */
export async function tellPeople(input: ChannelsInput, notice: Notice): Promise<readonly Untold[]> {
  const topic = topicOf(notice);
  if (topic === null) return [];
  const { people, sentry } = channelsOf(input);
  const wanted = input.environment.notifications.about.includes(topic) ? people : [];
  return tellAll([...wanted, ...sentry], notice);
}
