import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { eventually } from '../engine/tasks/rig.ts';
import { freePort } from '../ports.ts';

export interface Moto {
  readonly endpoint: string;
  /** Of the network that moto has from the start: it makes load balancers in subnets that it knows. */
  readonly vpc: string;
  readonly subnets: readonly string[];
}

/** A second implementation of the same API, by other people; ends with the test, or with whatever else is said. */
export async function startMoto(
  program: string,
  atTheEnd: (end: () => Promise<void>) => void = onTestFinished,
): Promise<Moto> {
  const port = await freePort();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  atTheEnd(async () => {
    child.kill();
    await ended;
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const network = await eventually(() => describeSubnets(endpoint).catch(() => null), 'moto', 120_000);
  const of = (element: string): string[] => [
    ...new Set(
      [...network.matchAll(new RegExp(`<${element}>([^<]+)<`, 'g'))].flatMap((match) => match[1] ?? []),
    ),
  ];
  const [vpc] = of('vpcId');
  if (vpc === undefined) throw new Error(`moto has no network: ${network}`);
  return { endpoint, vpc, subnets: of('subnetId').slice(0, 2) };
}

/** By hand, for the one question to EC2. moto reads the service from the credential, and checks no signature. */
async function describeSubnets(endpoint: string): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization:
        'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: 'Action=DescribeSubnets&Version=2016-11-15',
  });
  return response.text();
}
