import { stripVTControlCharacters } from 'node:util';
import type { Progress } from '../../deployment/progress.ts';
import type { Evidence, Figure, HarmfulStatement } from '../../journal/evidence.ts';
import type { Cause } from '../../journal/cause.ts';
import type { Event } from '../../journal/event.ts';

/** One line of a running deployment: when (seconds since its start), what about, and what. */
export interface Line {
  readonly topic: string;
  readonly text: string;
  readonly tone: 'plain' | 'good' | 'bad' | 'dim';
}

/** What these steps come to is told by events. */
const silent: ReadonlySet<string> = new Set(['plan', 'register', 'classify', 'gates']);

/** What a piece of progress is worth telling; null for what is not. */
export function lineOf(progress: Progress): Line | null {
  switch (progress.kind) {
    case 'step':
      return silent.has(progress.step) ? null : { topic: progress.step, text: progress.detail, tone: 'dim' };
    case 'entry':
      return eventLine(progress.entry.event);
    case 'waiting':
    case 'state':
      return null;
  }
}

function eventLine(event: Event): Line | null {
  const line = (topic: string, text: string, tone: Line['tone'] = 'plain'): Line => ({ topic, text, tone });
  switch (event.type) {
    case 'release.built':
      return line('release', `${event.release}  ${builtWords(event)} in ${seconds(event.seconds)}`);
    case 'migration.classified':
      return line('migrate', classifiedWords(event));
    case 'migration.finished':
      return line(
        'migrate',
        `${event.before === event.after ? (event.after === null ? 'done; the description has no `migration.current` that would tell the version' : `schema stays at ${event.after}`) : `schema ${event.before ?? '?'} → ${event.after ?? '?'}`} in ${seconds(event.seconds)}`,
      );
    case 'migration.failed':
      return line('migrate', 'failed', 'bad');
    case 'stage.entered':
      return line('stage', `${event.service.padEnd(8)} ${stageInWords(event.stage)}`);
    case 'traffic.shifted':
      return line('traffic', `${event.service.padEnd(8)} ${bar(event.green)} green ${event.green}%`);
    case 'gate.passed':
      return line('gate', `✓ ${event.gate}: ${event.summary} (${seconds(event.seconds)})`, 'good');
    case 'gate.failed':
      return line('gate', `✗ ${event.gate}: ${event.summary} (${seconds(event.seconds)})`, 'bad');
    case 'release.committed':
      return line('decided', 'it stays', 'good');
    case 'rollback.decided':
      return line('undo', event.cause.what, 'bad');
    case 'journal.repaired':
      return line('journal', `its last line was torn by a crash: ${event.droppedBytes} bytes were dropped`);
    case 'restore.requested':
      return line('undo', `deploying the earlier ${event.service} again`);
    case 'removal.requested':
      return line('undo', `removing ${event.service}, which did not run before`);
    case 'service.retired':
      return line('retire', `${event.service}, which the description no longer has`);
    case 'store.retired':
      return line('retire', `${event.store}, which the description no longer has; its data is kept`);
    case 'deployment.started':
    case 'migration.started':
    case 'rollout.planned':
    case 'update.requested':
    case 'barrier.reached':
    case 'barrier.judged':
    case 'pause.answered':
    case 'stop.requested':
    case 'deployment.concluded':
      return null;
  }
}

function classifiedWords({ statements, harmful }: Extract<Event, { type: 'migration.classified' }>): string {
  const pending = `${statements} ${statements === 1 ? 'statement' : 'statements'} pending`;
  if (harmful.length === 0) return `${pending}, all safe`;
  const passed = harmful.map((one) => `${placeWords(one)} (${classesOf(one).join(', ')})`);
  return `${pending}; let pass: ${passed.join('; ')}`;
}

function placeWords({ script, line }: HarmfulStatement): string {
  return `${script === null ? '' : `${script}, `}line ${line}`;
}

function classesOf({ reasons }: HarmfulStatement): readonly string[] {
  return [...new Set(reasons.map((reason) => reason.class))];
}

function builtWords({ built, pushed = [] }: Extract<Event, { type: 'release.built' }>): string {
  const done = built.length === 0 ? 'nothing had to be built' : `built ${built.join(', ')}`;
  return pushed.length === 0 ? done : `${done}, pushed ${pushed.join(', ')}`;
}

/** What ECS's stages, and where it tells none its statuses, are to somebody who waits; docs/deployment.md has both names. */
const stageWords: Readonly<Record<string, string>> = {
  RECONCILE_SERVICE: 'what runs is looked at',
  PRE_SCALE_UP: 'green waits to start',
  SCALE_UP: 'green starts',
  POST_SCALE_UP: 'green is up',
  TEST_TRAFFIC_SHIFT: 'test traffic moves to green',
  POST_TEST_TRAFFIC_SHIFT: 'green answers test traffic',
  PRE_PRODUCTION_TRAFFIC_SHIFT: 'users are about to move to green',
  PRODUCTION_TRAFFIC_SHIFT: 'users move to green',
  POST_PRODUCTION_TRAFFIC_SHIFT: 'users moved to green',
  BAKE_TIME: 'blue is kept warm',
  CLEAN_UP: 'blue goes',
  pending: 'waits for the engine',
  'in-progress': 'the new version starts',
  successful: 'the new version runs alone',
  'stop-requested': 'is told to stop',
  stopped: 'stopped',
  'rollback-requested': 'is told to go back',
  'rolling-back': 'goes back to the old version',
  'rolled-back': 'the old version runs alone',
  'rollback-failed': 'could not go back to the old version',
};

export function stageInWords(stage: string): string {
  return stageWords[stage] ?? stage;
}

export function bar(percent: number, width = 20): string {
  const filled = Math.round((percent / 100) * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
}

export function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} s`;
}

/** A cause with what shows it. */
export function causeLines({ what, evidence }: Cause): readonly string[] {
  // Colours of what an app wrote stay out of a pipe, and whatever else it tells a terminal to do out of ours.
  return [what, ...evidence.flatMap(evidenceLines)].map(stripVTControlCharacters);
}

function evidenceLines(evidence: Evidence): readonly string[] {
  switch (evidence.kind) {
    case 'response':
      return [
        `  ${evidence.request} answered ${evidence.status ?? 'nothing'}`,
        `    expected ${evidence.expected}`,
        `    found    ${evidence.found}`,
        ...(evidence.body === '' ? [] : [`    body     ${evidence.body.slice(0, 300)}`]),
      ];
    case 'output':
      return [
        `  ${evidence.source} (exit code ${evidence.exitCode ?? 'none'})`,
        ...(evidence.first === undefined
          ? quoted(evidence.lines)
          : bothEnds(evidence.first.lines, evidence.first.leftOut, evidence.lines)),
      ];
    case 'task':
      return [
        `  task ${evidence.task.slice(0, 8)} of ${evidence.service}: ${evidence.reason} (exit code ${evidence.exitCode ?? 'none'})`,
        ...quoted(evidence.lines),
      ];
    case 'statements':
      return evidence.statements.flatMap(statementLines);
    case 'figures':
      return evidence.figures.map(figureLine);
  }
}

function statementLines(statement: HarmfulStatement): readonly string[] {
  return [
    `  ${placeWords(statement)}: ${statement.shown}`,
    ...statement.reasons.flatMap(({ class: kind, why, instead }) => [
      `    ${kind}: ${why}`,
      ...(instead === null ? [] : [`      instead: ${instead}`]),
    ]),
    `    fingerprint ${statement.fingerprint}`,
  ];
}

/** As many last lines as are worth showing. */
const shown = 12;

function quoted(lines: readonly string[]): readonly string[] {
  return lines.slice(-shown).map((line) => `    │ ${line}`);
}

function bothEnds(
  first: readonly string[],
  leftOut: number | null,
  last: readonly string[],
): readonly string[] {
  const between = leftOut === null ? null : leftOut + Math.max(0, last.length - shown);
  const gap = `    ┊ ${between ?? 'very many'} ${between === 1 ? 'line' : 'lines'} left out`;
  return [...first.map((line) => `    │ ${line}`), ...(between === 0 ? [] : [gap]), ...quoted(last)];
}

function figureLine({ name, value, unit, limit, ok }: Figure): string {
  const shown = Number.isInteger(value) ? String(value) : value.toFixed(1);
  return `    ${ok ? ' ' : '!'} ${name.padEnd(12)} ${shown} ${unit}${limit === null ? '' : `, limit ${limit}`}`;
}
