import { type Context, Hono } from 'hono';
import { sameAssetOfThisVersion, type StaticFile, type StaticSite } from './static-site.ts';

const securityHeaders = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
} as const;

/** The front end's own server: files of the site, and the page itself for every address that the page routes. */
export function createWeb(site: StaticSite, version: string): Hono {
  const page = site.get('/index.html');
  if (page === undefined) throw new Error('the built site has no index.html');

  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header('x-app-version', version);
    for (const [name, value] of Object.entries(securityHeaders)) context.header(name, value);
  });
  app.get('/health', (context) => {
    context.header('cache-control', 'no-store');
    return context.json({ status: 'healthy', service: 'web', version });
  });
  app.get('*', (context) => {
    const { path } = context.req;
    const file = site.get(path);
    if (file !== undefined) return send(context, file);
    const neighbour = sameAssetOfThisVersion(site, path);
    if (neighbour !== undefined) return send(context, { ...neighbour, cacheControl: 'no-store' });
    // A missing file must stay missing: a page in place of a script would only hide the mistake.
    if (path.startsWith('/assets/') || path.startsWith('/api/')) return notFound(context);
    return send(context, page);
  });
  app.notFound(notFound);
  return app;
}

function send(context: Context, file: StaticFile): Response {
  context.header('cache-control', file.cacheControl);
  context.header('etag', file.etag);
  context.header('vary', 'accept-encoding');
  if (context.req.header('if-none-match') === file.etag) return context.body(null, 304);
  context.header('content-type', file.contentType);
  const acceptsGzip = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');
  if (file.gzipped === null || !acceptsGzip) return context.body(file.body);
  context.header('content-encoding', 'gzip');
  return context.body(file.gzipped);
}

function notFound(context: Context): Response {
  context.header('cache-control', 'no-store');
  return context.text('Not found\n', 404);
}
