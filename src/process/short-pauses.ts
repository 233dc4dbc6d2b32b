/**
 * For a process whose pauses are users' waits: a small young generation (MiB) is collected often, and each time within a
 * millisecond or two, not twenty.
 */
export const shortPauses = ['--max-semi-space-size=1'];
