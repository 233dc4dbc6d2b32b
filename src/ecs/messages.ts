import type { Clients } from './clients.ts';

export interface Message {
  readonly subject: string;
  readonly text: string;
}

/** To everybody who is subscribed to an SNS topic of the environment's account. */
export async function publish(
  clients: Clients,
  topic: string,
  accountId: string,
  { subject, text }: Message,
): Promise<void> {
  const { PublishCommand } = await import('@aws-sdk/client-sns');
  const sns = await clients.sns();
  await sns.send(
    new PublishCommand({
      TopicArn: `arn:aws:sns:${clients.address.region}:${accountId}:${topic}`,
      // SNS takes 100 characters of ASCII.
      Subject: subject.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 100),
      Message: text,
    }),
  );
}

/** By Amazon SES: the sender must be verified there. */
export async function sendMail(
  clients: Clients,
  { from, to }: { readonly from: string; readonly to: readonly string[] },
  { subject, text }: Message,
): Promise<void> {
  const { SendEmailCommand } = await import('@aws-sdk/client-sesv2');
  const ses = await clients.ses();
  await ses.send(
    new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [...to] },
      Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: text } } } },
    }),
  );
}
