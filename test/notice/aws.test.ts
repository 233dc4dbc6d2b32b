import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { CreateEmailIdentityCommand } from '@aws-sdk/client-sesv2';
import { describe, expect, test } from 'vitest';
import type { Notifications } from '../../src/app/environment.ts';
import { tellPeople } from '../../src/notice/tell.ts';
import { findTool } from '../clients/tool.ts';
import { makeSecret, motoForFile } from '../ecs/preflight/estate.ts';
import { clientsAt } from '../ecs/rig.ts';
import { rolledBack, succeeded } from './notices.ts';
import { receiver } from './receiver.ts';

const program = findTool('moto_server');

const nobody: Notifications = {
  about: ['deployed', 'failed'],
  topic: null,
  slack: null,
  mail: null,
  github: false,
  sentry: null,
};

describe.skipIf(program === null)('by way of AWS', () => {
  const moto = motoForFile(program);
  const tell = (notifications: Notifications, notice = succeeded) =>
    tellPeople({ environment: { notifications }, clients: clientsAt(moto.endpoint), env: {} }, notice);

  test('a topic takes what is published to it, and one that is not there is told', async () => {
    const sns = await clientsAt(moto.endpoint).sns();
    await sns.send(new CreateTopicCommand({ Name: 'ShopAlarms' }));
    expect(await tell({ ...nobody, topic: 'ShopAlarms' })).toEqual([]);
    expect(await tell({ ...nobody, topic: 'Other' })).toMatchObject([{ channel: 'the topic Other' }]);
  });

  test('Amazon SES sends from a sender that it knows, and what it refuses is told', async () => {
    const from = 'deployments@example.com';
    const mail = { from, to: ['ana@example.com'], sendGrid: null };
    expect(await tell({ ...nobody, mail })).toMatchObject([{ channel: 'e-mail' }]);
    const ses = await clientsAt(moto.endpoint).ses();
    await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: from }));
    expect(await tell({ ...nobody, mail })).toEqual([]);
  });

  test('the address of a webhook is read from where it is kept, when it is needed', async () => {
    const { url, received } = await receiver();
    const clients = clientsAt(moto.endpoint);
    const slack = { from: 'parameter', name: '/shop/slack' } as const;
    expect(await tell({ ...nobody, slack })).toEqual([
      { channel: 'Slack', why: 'there is no value at /shop/slack' },
    ]);
    await clients.ssm.send(
      new PutParameterCommand({ Name: slack.name, Value: `${url}/one`, Type: 'SecureString' }),
    );
    expect(await tell({ ...nobody, slack })).toEqual([]);
    await makeSecret(clients, 'shop/slack', JSON.stringify({ url: `${url}/two` }));
    expect(await tell({ ...nobody, slack: { from: 'secret', name: 'shop/slack', key: 'url' } })).toEqual([]);
    expect(await tell({ ...nobody, slack: { from: 'secret', name: 'shop/slack', key: 'no' } })).toEqual([
      { channel: 'Slack', why: 'there is no value at shop/slack, key no' },
    ]);
    expect(received.map(({ line }) => line)).toEqual(['POST /one', 'POST /two']);
  });

  test('people are told about what they want to know', async () => {
    const { url, received } = await receiver();
    const slack = { from: 'parameter', name: '/shop/slack' } as const;
    await clientsAt(moto.endpoint).ssm.send(
      new PutParameterCommand({ Name: slack.name, Value: url, Type: 'SecureString' }),
    );
    const failures: Notifications = { ...nobody, slack, about: ['failed'] };
    await tell(failures, succeeded);
    expect(received).toEqual([]);
    await tell(failures, rolledBack);
    expect(received).toHaveLength(1);
    await tell(failures, { ...rolledBack, verdict: 'nothing-to-do' });
    expect(received).toHaveLength(1);
  });
});
