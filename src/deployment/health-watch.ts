import type { HealthGate, WebService } from '../app/environment.ts';
import type { AppState } from '../ecs/state.ts';
import { addressOfTask } from '../ecs/task-health.ts';
import type { Evidence } from '../journal/evidence.ts';
import type { Rollout } from '../journal/rollout.ts';
import type { Deployment, Tools } from './context.ts';
import { ask, type Question } from './gates/exchange.ts';
import { conclude } from './gates/finding.ts';
import { judge } from './gates/judgement.ts';
import { newTasksOf } from './new-tasks.ts';

/** What a task answered to the question that the load balancer asks it. */
export interface HealthAnswer {
  /** `GET /health answered status 503 instead of 200 to 299` */
  readonly sentence: string;
  readonly evidence: readonly Evidence[];
  /** Whether anything was answered at all. */
  readonly answered: boolean;
}

/** What comes up as fast as most do is not asked. Milliseconds. */
const firstLook = 1000;
const lookInterval = 1000;

/**
 * Asks green, while it is awaited, what the load balancer asks it: a task that failed its health checks is gone by the
 * time anybody wants to know why. It runs beside the rollout, and nothing waits for it.
 */
export function createHealthWatch(deployment: Deployment, tools: Tools, rollout: Rollout) {
  const answers = new Map<string, HealthAnswer>();
  const abort = new AbortController();
  let due = tools.clock() + firstLook;
  let looking = false;
  return { look, answerOf, abandon: () => abort.abort() };

  function look(state: AppState): void {
    if (looking || tools.clock() < due) return;
    const rising = rollout.services.filter(({ service, target }) => {
      const reading = state.services[service];
      const seen = reading?.kind === 'present' ? reading.deployment : null;
      return seen?.target === target && seen.pause === null && seen.green.running > 0;
    });
    looking = true;
    void Promise.all(rising.map(({ service }) => askOne(service))).finally(() => {
      looking = false;
      due = tools.clock() + lookInterval;
    });
  }

  /** The last answer that was none of a healthy app; asked for now where there was no time to before. */
  async function answerOf(service: string): Promise<HealthAnswer | null> {
    if (!answers.has(service)) await askOne(service);
    return answers.get(service) ?? null;
  }

  /** An answer is worth a try and no more. */
  async function askOne(name: string): Promise<void> {
    const service = deployment.services.find((one) => one.name === name);
    const query = newTasksOf(name, rollout, deployment);
    if (service?.kind !== 'web' || query === null) return;
    const url = await addressOfTask(tools.clients, query, service.port).catch(() => null);
    if (url === null) return;
    const answer = await answerAt(url, service);
    if (answer === null) return;
    // A task that has just started answers nothing yet, which says less than what the one before it said.
    if (answer.answered || answers.get(name)?.answered !== true) answers.set(name, answer);
  }

  async function answerAt(url: string, { health }: WebService): Promise<HealthAnswer | null> {
    const question: Question = { method: 'GET', path: health.path, headers: {}, body: null };
    const reply = await ask({ url, headers: {} }, question, health.timeout * 1000, abort.signal);
    if (abort.signal.aborted) return null;
    const { holds, sentence, evidence, secrets } = judge(question, healthy, reply);
    if (holds) return null;
    const refused = reply.kind === 'failure' && reply.what.includes('ECONNREFUSED');
    const finding = {
      passed: false,
      summary: refused ? `${sentence}; ${hint}` : sentence,
      evidence: [evidence],
      secrets,
    };
    const told = conclude(gateOf(health), finding, tools.secrets, 0);
    const answered = reply.kind === 'answer' || reply.status !== null;
    return { sentence: told.summary, evidence: told.evidence, answered };
  }
}

export type HealthWatch = ReturnType<typeof createHealthWatch>;

const hint = 'the app must listen on the port that $PORT names';

const healthy = { status: [], contains: null, json: {}, headers: {} };

function gateOf({ path, timeout }: WebService['health']): HealthGate {
  return { kind: 'health', name: 'health check', path, expect: healthy, within: timeout };
}
