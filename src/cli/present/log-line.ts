import { strikeLines } from '../../deployment/gates/redaction.ts';
import { taskOf, type LogLine } from '../../ecs/logs.ts';

/** Whose lines they are, and where they stand. */
export interface LogSource {
  readonly name: string;
  readonly group: string;
  /** Of the names of its streams. */
  readonly prefix: string;
}

export interface ServiceLine extends LogLine {
  readonly service: string;
}

/** A line as it is told: cleared of secrets, with its task. */
export interface ShownLine extends ServiceLine {
  readonly task: string;
}

export function struckLines(lines: readonly ServiceLine[], secrets: Iterable<string>): readonly ShownLine[] {
  const struck = strikeLines(
    lines.map(({ text }) => text),
    secrets,
  );
  return lines.map((line, index) => ({ ...line, task: taskOf(line), text: struck[index] ?? '' }));
}

export function logLineText({ service, task, at, text }: ShownLine): string {
  return `${new Date(at).toISOString().slice(11, 23)} ${service.padEnd(10)} ${task.slice(0, 8)} ${text}`;
}
