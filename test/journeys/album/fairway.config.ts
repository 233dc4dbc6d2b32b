import { defineApp } from 'fairway';

const port = Number(process.env['SHOP_PORT']);
const other = process.env['ALBUM_CACHE'] === 'bucket';

export default defineApp({
  name: 'shop',
  services: {
    web: {
      kind: 'web',
      port: 8000,
      build: { include: ['album.mjs'] },
      command: 'node album.mjs',
      variables: {
        REDIS_URL: { store: 'cache', property: 'url' },
        BUCKET: { store: 'photos', property: 'bucket' },
      },
      health: { path: '/health' },
      stop: { grace: '2s' },
    },
  },
  stores: { cache: { kind: other ? 'bucket' : 'redis' }, photos: { kind: 'bucket' } },
  environments: {
    local: { ports: { public: port, test: port + 1 }, strategy: { kind: 'blue-green', bake: '0s' } },
  },
});
