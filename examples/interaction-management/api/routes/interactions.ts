import { Hono, type MiddlewareHandler } from 'hono';
import { parseListQuery } from '../../interaction/list-query.ts';
import { validateDraft } from '../../interaction/validation.ts';
import type { Interactions } from '../interactions.ts';
import { jsonBody } from '../json-body.ts';
import { problem } from '../problem.ts';
import type { SignedInEnv } from '../signed-in.ts';

/** Nine digits fit PostgreSQL's integer; any other id is simply not found. */
const oneInteraction = '/:id{[0-9]{1,9}}';

export function interactionRoutes(
  interactions: Interactions,
  signedIn: MiddlewareHandler<SignedInEnv>,
): Hono<SignedInEnv> {
  const routes = new Hono<SignedInEnv>();
  routes.use(signedIn);

  routes.get('/', async (context) => {
    const query = parseListQuery(new URL(context.req.url).searchParams);
    return context.json(await interactions.list(query));
  });

  routes.post('/', async (context) => {
    const draft = validateDraft(await jsonBody(context.req));
    if (!draft.ok) return problem(context, 422, 'invalid', draft.problems);
    const created = await interactions.create(draft.value, context.var.user);
    context.header('location', `/api/interactions/${created.id}`);
    return context.json(created, 201);
  });

  routes.get(oneInteraction, async (context) => {
    const found = await interactions.find(Number(context.req.param('id')));
    return found === null ? problem(context, 404, 'not_found') : context.json(found);
  });

  routes.put(oneInteraction, async (context) => {
    const draft = validateDraft(await jsonBody(context.req));
    if (!draft.ok) return problem(context, 422, 'invalid', draft.problems);
    const updated = await interactions.update(Number(context.req.param('id')), draft.value, context.var.user);
    return updated === null ? problem(context, 404, 'not_found') : context.json(updated);
  });

  routes.delete(oneInteraction, async (context) => {
    const removed = await interactions.remove(Number(context.req.param('id')), context.var.user);
    return removed ? context.body(null, 204) : problem(context, 404, 'not_found');
  });

  return routes;
}
