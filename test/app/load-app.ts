// Run by load.test.ts as a process of its own: what is tested is how Node.js itself reads a description.
import { writeFileSync } from 'node:fs';
import { loadApp } from '../../src/app/load.ts';
import { Refusal } from '../../src/refusal.ts';

const [where = '', changed = '', into = ''] = process.argv.slice(2);
try {
  const first = await loadApp(where);
  if (changed !== '') writeFileSync(changed, into);
  const { name, root, environments } = changed === '' ? first : await loadApp(where);
  console.log(JSON.stringify({ first: first.name, name, root, environments }));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.log(JSON.stringify({ problems: error.problems }));
}
