const { FAIRWAY_TARGET_URL: url } = process.env;
const answer = await (await fetch(`${url}/cart`)).json();
console.log(`cart: ${JSON.stringify(answer)}`);
if (answer.items !== 0) {
  console.error('expected an empty cart');
  process.exit(1);
}
