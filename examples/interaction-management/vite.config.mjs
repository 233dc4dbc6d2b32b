import react from '@vitejs/plugin-react';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vite';

const folder = import.meta.dirname;
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** The front end. `npm run dev:web` serves it with hot reload, next to an API on port 8081. */
export default defineConfig({
  root: join(folder, 'web/client'),
  cacheDir: join(folder, 'dist/.vite'),
  envDir: false,
  plugins: [react()],
  define: { 'import.meta.env.APP_VERSION': JSON.stringify(version) },
  server: { host: '127.0.0.1', proxy: { '/api': 'http://127.0.0.1:8081' } },
  build: { outDir: join(folder, 'dist/web/public'), emptyOutDir: true, reportCompressedSize: false },
});
