// Preloaded into a deployer that a test wants dead: it is killed, as by kill -9, the moment it has told a given event,
// which is after the event is durable and before the act that follows it.
const { DIES_AT: wanted } = process.env;
if (wanted) {
  const parts = Object.entries(JSON.parse(wanted));
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (chunk, ...rest) => {
    const written = write(chunk, ...rest);
    const event = eventOf(String(chunk));
    if (event && parts.every(([key, value]) => [value].flat().includes(event[key])))
      process.kill(process.pid, 'SIGKILL');
    return written;
  };
}

function eventOf(line) {
  try {
    return JSON.parse(line).event;
  } catch {
    return null;
  }
}
