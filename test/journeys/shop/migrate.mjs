// The shop's migrations: none, unless this release's fail, at once or on the second of two.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// What an app tells that it should not must still not reach anybody through Fairway.
const telltale = `connected with ${process.env.SHOP_SECRET}`;
const { behaviour } = JSON.parse(readFileSync(new URL('release.json', import.meta.url), 'utf8'));
// The schema's version, kept where it outlives a task.
const schema = join(process.env.SHOP_SCHEMA, 'schema');
const current = existsSync(schema) ? readFileSync(schema, 'utf8') : '0007';

if (process.argv[2] === 'current') console.log(current);
else if (behaviour === 'migration-fails') {
  console.error(telltale);
  console.error('0008_add_price.sql: column "price" of relation "items" already exists');
  for (let frame = 1; frame <= 60; frame += 1) console.error(`    at frame ${frame} of a driver`);
  console.error(telltale);
  process.exit(1);
} else if (behaviour === 'migration-fails-halfway') {
  writeFileSync(schema, '0008');
  console.error('0009_drop_name.sql: column "name" of relation "items" does not exist');
  process.exit(1);
} else if (behaviour === 'migrates-slowly') {
  const go = join(process.env.SHOP_SCHEMA, 'go');
  while (!existsSync(go)) await new Promise((resolve) => setTimeout(resolve, 20));
  const how = readFileSync(go, 'utf8');
  if (how !== 'not at all') writeFileSync(schema, '0008');
  process.exit(how === 'well' ? 0 : 1);
} else {
  writeFileSync(schema, '0007');
  console.log('nothing to apply');
}
