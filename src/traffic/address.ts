/** A path below a base address, which may itself have a path: `http://host/base` and `/health?full` → `http://host/base/health?full`. */
export function addressOf(base: string, path: string): URL {
  return new URL(`${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`);
}
