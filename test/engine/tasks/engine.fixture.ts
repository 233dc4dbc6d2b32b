/** An engine to be killed: starts what it is given on the command line, says so, and lives until it is killed. */
import { taskSpec } from './rig.ts';
import { processRuntimeIn } from './process-harness.ts';

const [folder = '', image = '', count = '1', ...command] = process.argv.slice(2);
const runtime = processRuntimeIn(folder);
setInterval(() => {}, 1000);
await Promise.all(
  Array.from({ length: Number(count) }, async () => {
    const spec = taskSpec(image, {
      command,
      ports: [{ containerPort: 80, hostPort: 0 }],
      environment: { TOKEN: 'a-secret-value' },
    });
    const task = await runtime.start(spec);
    process.stdout.write(`${JSON.stringify(task)}\n`);
  }),
);
process.stdout.write('all\n');
