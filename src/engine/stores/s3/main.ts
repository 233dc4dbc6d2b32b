// SQLite in Node 24 announces itself as experimental on every start: that is for us to know, not for users.
process.removeAllListeners('warning');
const { runS3 } = await import('./program.ts');
await runS3(process.env);
