// Preloaded into an engine whose clock a test turns on: a file says by how many milliseconds.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const { CLOCK_TURNED_BY: file } = process.env;
if (file && basename(process.argv[1] ?? '') === 'engine.js') {
  const now = Date.now.bind(Date);
  let ahead = 0;
  const look = () => {
    try {
      ahead = Number(readFileSync(file, 'utf8'));
    } catch {
      // Nobody has turned it yet.
    }
  };
  look();
  setInterval(look, 50).unref();
  Date.now = () => now() + ahead;
}
