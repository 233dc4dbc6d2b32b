import type { ContainerSpec } from '../tasks/runtime.ts';

/** Where the process runtime finds what a reference names: the image store, or an image built into the engine. */
export interface ImageSource {
  /** null: this source has no such image. Fails with `TaskStartError` where it has one that is damaged. */
  find(reference: string): Promise<RunnableImage | null>;
}

export interface RunnableImage {
  /** `sha256:…` */
  readonly digest: string;
  /** Makes ready what the process needs and says how to run it. Fails with `TaskStartError` and leaves nothing behind. */
  launch(request: LaunchRequest): Promise<Launch>;
}

export interface LaunchRequest {
  readonly taskId: string;
  readonly container: ContainerSpec;
  readonly ports: readonly { readonly containerPort: number; readonly hostPort: number }[];
}

export interface Launch {
  /** Executed directly, by no shell; the first is looked up in PATH unless it holds a slash. */
  readonly argv: readonly string[];
  readonly workingFolder: string;
  /** The whole environment but for what the runtime itself adds. */
  readonly environment: Readonly<Record<string, string>>;
  /** Signal that asks the process to stop where the container names none; null: SIGTERM. */
  readonly stopSignal: string | null;
  /** null: the engine's own user. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  /** Folder below which the task gets its scratch folder; null: the task's own folder. */
  readonly scratchBase: string | null;
}
