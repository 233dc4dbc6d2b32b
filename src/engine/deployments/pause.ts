import type { AwaitingHook, DeploymentState, LifecycleStage, PauseHook, Request, Step } from './machine.ts';
import { startRollback } from './rollback.ts';
import { pauseStages } from './stages.ts';
import { quiet } from './step.ts';
import { reasons } from './wording.ts';

/** The pauses to be made at a stage when it is entered: each once. */
export function pausesAt(state: DeploymentState, stage: LifecycleStage): readonly PauseHook[] {
  if (state.strategy.kind === 'ROLLING' || !pauseStages.includes(stage)) return [];
  if (state.source === null && !state.assumptions.firstDeploymentPauses) return [];
  return state.hooks.filter((hook) => hook.stages.includes(stage));
}

/** Opens the next pause of the stage, or acts on the open one once it is answered or out of time. */
export function proceedPause(state: DeploymentState, now: number): Step {
  const { hook } = state;
  if (!hook) return quiet(state.hooksLeft.length > 0 ? openPause(state, now) : state);
  if (hook.answer) {
    if (now < hook.answer.at + state.assumptions.continueDelayMs) return quiet(state);
    return hook.answer.action === 'CONTINUE'
      ? quiet(pass(state, now))
      : startRollback(state, reasons.hookFailed(hook.stage), now);
  }
  if (now < hook.expiresAt) return quiet(state);
  return hook.timeoutAction === 'CONTINUE'
    ? quiet(pass(state, now))
    : startRollback(state, reasons.pauseTimedOut(hook.stage), now);
}

/** The first answer counts; one to a pause that is over, or was never made, is none. */
export function answer(
  state: DeploymentState,
  request: Extract<Request, { kind: 'continue' }>,
  now: number,
): DeploymentState {
  const { hook } = state;
  if (hook?.hookId !== request.hookId || hook.answer) return state;
  return { ...state, hook: { ...hook, answer: { action: request.action, at: now } } };
}

function openPause(state: DeploymentState, now: number): DeploymentState {
  const [next, ...hooksLeft] = state.hooksLeft;
  if (!next) return state;
  const hook: AwaitingHook = {
    hookId: `ecs-pause-${state.id}-${state.nextHookNumber}`,
    stage: state.stage,
    since: now,
    expiresAt: now + next.timeoutMs,
    timeoutAction: next.timeoutAction,
    answer: null,
  };
  return { ...state, hook, hooksLeft, nextHookNumber: state.nextHookNumber + 1 };
}

function pass(state: DeploymentState, now: number): DeploymentState {
  const over = state.hooksLeft.length === 0;
  return {
    ...state,
    hook: null,
    workSince: now,
    passed: over ? [...state.passed, state.stage] : state.passed,
  };
}
