// A shop whose releases misbehave as their release.json says, each in one way.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { version, behaviour } = JSON.parse(readFileSync(new URL('release.json', import.meta.url), 'utf8'));
const healthPath = process.env.SHOP_HEALTH ?? '/health';
const publicPort = process.env.SHOP_PUBLIC_PORT ?? '';
let crashing = false;

if (behaviour === 'exits-at-start') {
  console.error(
    `cannot read configuration: PRICE_LIST is not set, SHOP_SECRET is ${process.env.SHOP_SECRET}`,
  );
  process.exit(3);
}

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => answer(request, response));
});

let second = 0;
let seen = 0;
/** Requests for items within the second that runs. */
function perSecond() {
  const now = Math.floor(Date.now() / 1000);
  seen = now === second ? seen + 1 : 1;
  second = now;
  return seen;
}

function answer(request, response) {
  const send = (status, body, delay = 0) =>
    setTimeout(() => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-app-version': version });
      response.end(JSON.stringify(body));
    }, delay);
  const { pathname } = new URL(request.url, 'http://shop');
  if (pathname === healthPath) {
    if (behaviour === 'never-healthy') return send(503, { status: 'starting' });
    return send(200, {
      status: 'healthy',
      database: behaviour === 'wrong-content' ? 'disconnected' : 'connected',
      version,
    });
  }
  if (pathname === '/health') return send(404, {});
  if (pathname === '/login') return send(200, { token: 'kept-token-4711' });
  if (pathname === '/cart') return send(200, { items: behaviour === 'integration-fails' ? 2 : 0 });
  if (pathname === '/items') {
    if (behaviour === 'smoke-fails')
      return send(500, { error: 'relation "items" does not exist', as: process.env.SHOP_SECRET });
    if (behaviour === 'slow') return send(200, { total: 3 }, 900);
    if (behaviour === 'fails-under-load' && perSecond() > 5) return send(500, { error: 'pool exhausted' });
    return send(200, { total: 3 });
  }
  if (behaviour === 'fails-for-users' && request.headers['x-forwarded-port'] === publicPort)
    return send(503, { error: 'no price list' });
  // Users come through the public listener: the first of them sets it off.
  if (behaviour === 'crashes-in-bake' && request.headers['x-forwarded-port'] === publicPort && !crashing) {
    crashing = true;
    setTimeout(() => {
      console.error('fatal: out of file descriptors');
      process.exit(7);
    }, 500);
  }
  return send(200, { shop: version });
}

server.keepAliveTimeout = 75_000;
// A port of its own choice is not the one it was given.
const listened = behaviour === 'listens-elsewhere' ? 0 : Number(process.env.PORT);
server.listen(listened, process.env.HOST ?? '127.0.0.1', () => console.log(`shop ${version} listens`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
