import type { HistoryItemType } from '@aws-sdk/client-cloudwatch';
import type { Core } from '../core.ts';
import type { AlarmRow, AlarmState } from '../model/cloudwatch.ts';

const mostEntries = 100;

export function note(
  core: Core,
  alarm: string,
  type: HistoryItemType,
  summary: string,
  data: object,
  now: number,
): void {
  const before = core.tables.alarmHistory.get(alarm)?.items ?? [];
  const entry = { at: now, type, summary, data: JSON.stringify({ version: '1.0', ...data }) };
  core.tables.alarmHistory.put(alarm, { alarm, items: [entry, ...before].slice(0, mostEntries) });
}

/** Gives an alarm a state, with history where it is another than before. */
export function changeState(core: Core, row: AlarmRow, state: AlarmState, now: number): void {
  const changed = state.value !== row.state.value;
  core.tables.alarms.put(row.name, {
    ...row,
    state,
    stateUpdatedAt: now,
    stateTransitionedAt: changed ? now : row.stateTransitionedAt,
  });
  if (!changed) return;
  const summary = `Alarm updated from ${row.state.value} to ${state.value}`;
  note(core, row.name, 'StateUpdate', summary, { oldState: told(row.state), newState: told(state) }, now);
}

const told = ({ value, reason, reasonData }: AlarmState) => ({
  stateValue: value,
  stateReason: reason,
  ...(reasonData === null ? {} : { stateReasonData: parsed(reasonData) }),
});

function parsed(json: string): unknown {
  return JSON.parse(json);
}
