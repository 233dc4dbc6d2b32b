// Run by snapshot.test.ts as a process of its own: one that can be killed, or is somebody else than root.
import { copyFile } from 'node:fs/promises';
import { writeSnapshot } from '../../src/release/snapshot.ts';

const [context = '', store = '', paths = '', behaviour = ''] = process.argv.slice(2);
const config = {
  command: ['node', 'server.js'],
  entryPoint: null,
  workingDirectory: '.',
  environment: {},
  stopSignal: null,
};
/** Nobody in particular: for whom a read-only folder is read-only. */
const nobody = 65_534;

if (behaviour === 'as-nobody' && process.getuid?.() === 0) {
  process.setegid?.(nobody);
  process.seteuid?.(nobody);
}
let copied = 0;
const snapshots = Array.from({ length: behaviour === 'as-nobody' ? 3 : 1 }, () =>
  writeSnapshot({
    context,
    store,
    config,
    paths: paths.split(','),
    searchPath: '',
    copy: async (from, to) => {
      await copyFile(from, to);
      copied += 1;
      if (behaviour === 'dies' && copied === 2) process.kill(process.pid, 'SIGKILL');
    },
  }),
);
console.log(JSON.stringify(await Promise.all(snapshots)));
