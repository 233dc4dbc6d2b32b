import type { Check } from './findings.ts';

export const logGroups: Check = {
  what: 'whether the log groups are there',
  async look({ clients, services }) {
    const { DescribeLogGroupsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
    const logs = await clients.logs();
    const wanted = [...new Set(services.map(({ service }) => service.logGroup))];
    const found = await Promise.all(
      wanted.map(async (name) => {
        // By prefix: the group itself sorts first among those that begin with its name.
        const answer = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name, limit: 1 }));
        return answer.logGroups?.[0]?.logGroupName === name;
      }),
    );
    return wanted
      .filter((_, index) => found[index] === false)
      .map((name) => ({
        code: 'log-group-missing',
        what: `there is no log group ${name}`,
        where: `CloudWatch Logs, ${clients.address.region}`,
        why: 'a task whose log group is missing does not start (ResourceInitializationError)',
        next: `make it: aws logs create-log-group --log-group-name ${name}`,
      }));
  },
};
