import { readFileSync } from 'node:fs';

const { FAIRWAY_TARGET_URL: url } = process.env;
const answer = await (await fetch(`${url}/cart`)).json();
console.log(`cart: ${JSON.stringify(answer)}`);
if (process.env.SHOP_SECRET) throw new Error('a gate is not given what the app is given');
console.log(readFileSync('.env', 'utf8'));
if (answer.items !== 0) {
  console.error('expected an empty cart');
  process.exit(1);
}
