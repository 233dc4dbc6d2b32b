import type { Expectation, Gate } from './environment.ts';
import type { CheckedEnvironment } from './schema/settings.ts';

type SaidGate = CheckedEnvironment['gates'][string];
type SaidExpectation = Extract<SaidGate, { kind: 'health' }>['expect'];

export function resolveGates(gates: CheckedEnvironment['gates']): readonly Gate[] {
  return Object.entries(gates).map(([name, gate]) => resolveGate(name, gate));
}

function resolveGate(name: string, gate: SaidGate): Gate {
  switch (gate.kind) {
    case 'health':
      return {
        kind: 'health',
        name,
        path: gate.path,
        expect: resolveExpectation(gate.expect),
        within: gate.within,
      };
    case 'smoke':
      return {
        kind: 'smoke',
        name,
        steps: Object.entries(gate.steps).map(([stepName, step]) => ({
          name: stepName,
          method: step.method,
          path: step.path,
          headers: step.headers ?? {},
          body: step.body,
          expect: resolveExpectation(step.expect),
          keep: step.keep ?? {},
        })),
      };
    case 'integration':
      return { kind: 'integration', name, command: gate.command, timeout: gate.timeout };
    case 'load':
      return {
        kind: 'load',
        name,
        method: gate.method,
        path: gate.path,
        headers: gate.headers ?? {},
        rate: gate.rate,
        duration: gate.duration,
        warmUp: gate.warmUp,
        p95Milliseconds: Math.round(gate.p95 * 1000),
        maxErrorRate: gate.maxErrorRate / 100,
      };
    default:
      return gate satisfies never;
  }
}

function resolveExpectation(said: SaidExpectation): Expectation {
  const status = said?.status ?? 200;
  return {
    status: typeof status === 'number' ? [status] : status,
    contains: said?.contains ?? null,
    json: said?.json ?? {},
    headers: said?.headers ?? {},
  };
}
