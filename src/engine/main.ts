// SQLite in Node 24 announces itself as experimental on every start: that is for us to know, not for users.
process.removeAllListeners('warning');
const { runProgram } = await import('./daemon/program.ts');
await runProgram(process.argv.slice(2), import.meta.url);
