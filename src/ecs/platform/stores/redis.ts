import { redisAnswers } from './redis-answer.ts';
import { newest, usual } from './postgres.ts';
import { open, secret, storeFolder, type StorePlace, type StoreSetup } from './setup.ts';

/**
 * Redis with a password and every write in its log of appends. The official image takes no password from the
 * environment, so there its entry point is preceded by one that writes it to a file: in the arguments everybody would see it.
 */
export function redis({ store, environment }: StorePlace): StoreSetup {
  const { version } = store;
  const image = version === null ? 'redis' : `redis:${version}`;
  const configure = `printf 'requirepass %s\\n' "$REDIS_PASSWORD" > /tmp/redis.conf`;
  return {
    madeFor: { kind: 'redis', version: version ?? newest, image: store.image ?? usual },
    secretAt: `${storeFolder({ store, environment })}/password`,
    properties: (port, password) => ({
      url: secret(`redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`),
      host: open('127.0.0.1'),
      port: open(String(port)),
      password: secret(password),
    }),
    container: {
      image: store.image ?? image,
      entryPoint: [
        'sh',
        '-c',
        `${configure} && exec docker-entrypoint.sh redis-server /tmp/redis.conf "$@"`,
        'redis-server',
      ],
      command: ['--appendonly', 'yes'],
      environment: {},
      secrets: { REDIS_PASSWORD: 'password' },
      port: 6379,
      data: '/data',
      memory: 512,
    },
    volume: `${environment.app}-${environment.name}-${store.name}`,
    ready: redisAnswers,
    ways: `install ${version === null ? 'Redis or Valkey' : `Redis ${version}`} (Debian: \`apt install redis-server\`), or start Docker, which then runs ${image}`,
  };
}
