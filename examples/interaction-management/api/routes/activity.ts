import { Hono, type MiddlewareHandler } from 'hono';
import type { Interactions } from '../interactions.ts';
import type { SignedInEnv } from '../signed-in.ts';

const shown = 8;

export function activityRoutes(
  interactions: Interactions,
  signedIn: MiddlewareHandler<SignedInEnv>,
): Hono<SignedInEnv> {
  const routes = new Hono<SignedInEnv>();
  routes.use(signedIn);
  routes.get('/', async (context) => context.json({ items: await interactions.activity(shown) }));
  return routes;
}
