import { statfsSync } from 'node:fs';

/** A server for one developer's machine: small, durable, reached over loopback TCP alone. */
export function serverArguments(cluster: string, port: number, own: readonly string[]): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '64MB',
    fsync: 'on',
    dynamic_shared_memory_type: hasRoomInSharedMemory() ? 'posix' : 'mmap',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  const tuned = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', cluster, ...tuned, ...own];
}

const enough = 256 * 1024 * 1024;

/** Containers often have 64 MB of it, which one parallel query uses up. */
function hasRoomInSharedMemory(): boolean {
  if (process.platform !== 'linux') return true;
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= enough;
  } catch {
    return false;
  }
}
