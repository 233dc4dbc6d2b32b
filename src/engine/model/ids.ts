import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Where new names come from: an argument, so that tests can foresee them. Shapes are AWS's. */
export interface Ids {
  /** 32 hex digits: tasks. */
  task(): string;
  /** 16 hex digits: load balancers, listeners, rules, target groups. */
  resource(): string;
  /** 19 decimal digits: service revisions and `ecs-svc/…`. */
  revision(): string;
  /** 22 URL-safe characters: service deployments. */
  deployment(): string;
  uuid(): string;
}

export const randomIds: Ids = {
  task: () => randomBytes(16).toString('hex'),
  resource: () => randomBytes(8).toString('hex'),
  revision: () => `${randomInt(1, 10)}${Array.from({ length: 18 }, () => randomInt(10)).join('')}`,
  deployment: () => randomBytes(17).toString('base64url').slice(0, 22),
  uuid: () => randomUUID(),
};
