// The shop's build: copies what runs, unless this release is one that does not build.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';

const { behaviour } = JSON.parse(readFileSync('release.json', 'utf8'));
if (behaviour === 'does-not-build') {
  console.error(readFileSync('.env', 'utf8'));
  console.error('server.mjs:12: SyntaxError: unexpected token');
  process.exit(2);
}
mkdirSync('dist', { recursive: true });
for (const file of ['server.mjs', 'migrate.mjs', 'release.json']) copyFileSync(file, `dist/${file}`);
