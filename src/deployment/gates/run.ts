import type { Gate } from '../../app/environment.ts';
import { conclude, type Finding } from './finding.ts';
import type { GateContext, GateOutcome } from './gate.ts';
import { judgeHealth } from './health.ts';
import { judgeIntegration } from './integration.ts';
import { judgeLoad } from './load.ts';
import { judgeSmoke } from './smoke.ts';

/** Runs one gate to its end. What comes out has been cleared of secrets and may be written down and shown. */
export async function runGate(gate: Gate, context: GateContext): Promise<GateOutcome> {
  const started = context.clock();
  const finding = await find(gate, context);
  const secrets = [...context.secrets, ...Object.values(context.target.headers)];
  return conclude(gate, finding, secrets, Math.round(context.clock() - started) / 1_000);
}

function find(gate: Gate, context: GateContext): Promise<Finding> {
  switch (gate.kind) {
    case 'health':
      return judgeHealth(gate, context);
    case 'smoke':
      return judgeSmoke(gate, context);
    case 'integration':
      return judgeIntegration(gate, context);
    case 'load':
      return judgeLoad(gate, context);
  }
}
