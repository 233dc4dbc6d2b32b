import { defineConfig } from 'vitest/config';
import { fileURLToPath } from 'node:url';

export default defineConfig({
  resolve: { alias: { fairway: fileURLToPath(new URL('./src/index.ts', import.meta.url)) } },
  test: {
    include: ['test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    setupFiles: ['test/seed.ts'],
    // Only so that a test that hangs ends: on a busy machine all takes many times as long.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Journeys start engines, databases and users: more at once would measure the machine.
    maxWorkers: 2,
  },
});
