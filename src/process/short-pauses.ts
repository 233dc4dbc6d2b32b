/**
 * For a process whose pauses are users' waits: a small young generation (MiB) is collected often, and each time within a
 * millisecond or two, not twenty; and by this thread alone, since helpers would first have to wait for a busy processor.
 */
export const shortPauses = ['--max-semi-space-size=1', '--no-parallel-scavenge'];
