import type { Gate } from '../../app/environment.ts';
import type { Evidence } from '../../journal/evidence.ts';

/**
 * A gate decides at a pause. It looks at what it is pointed at and changes nothing there that the app's own requests
 * would not change. `runGate` never throws for what the target does: a target that cannot be reached fails the gate.
 */
export interface GateTarget {
  /** Where green answers while no user is sent there: `http://127.0.0.1:8081`. */
  readonly url: string;
  /** Sent with every request: the secret header of a test rule. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface GateContext {
  readonly target: GateTarget;
  /** The app's folder. */
  readonly root: string;
  /** Aborted when the deployment is being rolled back: a gate then stops at once. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Values that must never be shown; a gate strikes them, and what it kept itself, from its evidence. */
  readonly secrets: readonly string[];
}

export interface GateOutcome {
  readonly gate: string;
  readonly kind: Gate['kind'];
  readonly passed: boolean;
  /** One sentence with the figures: `p95 912 ms over the limit of 500 ms (147 requests)`. */
  readonly summary: string;
  readonly seconds: number;
  readonly evidence: readonly Evidence[];
}
