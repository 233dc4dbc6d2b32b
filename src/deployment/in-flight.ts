import { isMoving, type AppState } from '../ecs/state.ts';
import { Refusal, type Problem } from '../refusal.ts';

/**
 * A deployment that nobody's journal knows: the console's, another tool's. To update the service now would stop it
 * wherever it is, and what it was about would be lost.
 */
export function refuseInFlight(environment: string, { services }: AppState): void {
  const problems = Object.entries(services).flatMap(([name, reading]): readonly Problem[] => {
    const deployment = reading.kind === 'present' ? reading.deployment : null;
    if (deployment === null || !isMoving(deployment.status)) return [];
    const { id, target, status } = deployment;
    return [
      {
        code: 'deployment-in-flight',
        what: `${name} is being deployed already, and not by Fairway`,
        where: id,
        why: `it moves to ${target ?? 'a revision that cannot be read'} and is ${status}; another update would stop it`,
        next: `wait until \`fairway status ${environment}\` shows that it has ended, or end it: aws ecs stop-service-deployment --stop-type ROLLBACK --service-deployment-arn ${id}`,
      },
    ];
  });
  const [first, ...rest] = problems;
  if (first) throw new Refusal([first, ...rest]);
}
