/** What a task gets besides what its image and its container spec say. Never anything of the engine's own environment. */
export interface TaskSurroundings {
  readonly taskId: string;
  readonly scratch: string;
  readonly ports: readonly { readonly containerPort: number; readonly hostPort: number }[];
}

/**
 * Defaults, then the container's own, then what the container cannot choose: where it listens. A container may safely say
 * `HOST=0.0.0.0`; a process on the user's machine may not. With several ports each is also told as `PORT_<containerPort>`.
 */
export function taskEnvironment(
  own: Readonly<Record<string, string>>,
  { taskId, scratch, ports }: TaskSurroundings,
): Record<string, string> {
  const first = ports[0];
  const named =
    ports.length > 1 ? ports.map((port) => [`PORT_${port.containerPort}`, String(port.hostPort)]) : [];
  return {
    HOME: scratch,
    TMPDIR: scratch,
    LANG: 'C.UTF-8',
    ...own,
    ...(first === undefined ? {} : { PORT: String(first.hostPort) }),
    ...Object.fromEntries(named),
    HOST: '127.0.0.1',
    FAIRWAY_TASK_ID: taskId,
  };
}
