import { describe, expect, test } from 'vitest';
import { judge, reasonOf } from '../../../src/engine/cloudwatch/alarm-judgement.ts';
import type { MissingData, Terms } from '../../../src/engine/cloudwatch/alarm-judgement.ts';

const terms = (evaluationPeriods: number, datapointsToAlarm: number, missingData: MissingData): Terms => ({
  operator: 'GreaterThanThreshold',
  threshold: 10,
  evaluationPeriods,
  datapointsToAlarm,
  missingData,
});

/** Periods as AWS's tables write them, oldest first: `0` in bounds, `X` breaching, `-` missing. */
const periods = (text: string) =>
  text
    .split(' ')
    .toReversed()
    .map((letter, index) => ({ at: -index, value: letter === '-' ? null : letter === 'X' ? 20 : 5 }));

const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

/** As AWS documents it; null: as it was. */
describe.each([
  [3, 3, '0 - X - X', ['OK', 'OK', 'OK', 'OK']],
  [3, 3, '- - - - 0', ['OK', null, 'OK', 'OK']],
  [3, 3, '- - - - -', ['INSUFFICIENT_DATA', null, 'ALARM', 'OK']],
  [3, 3, '0 X X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
  [3, 3, '- - X - -', ['ALARM', null, 'ALARM', 'OK']],
  [3, 2, '0 - X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
  [3, 2, '0 0 X 0 X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
  [3, 2, '0 - X - -', ['OK', null, 'ALARM', 'OK']],
  [3, 2, '- - - - 0', ['OK', null, 'ALARM', 'OK']],
  [3, 2, '- - - X -', ['ALARM', null, 'ALARM', 'OK']],
  // A single bad datapoint that has just come does not make an alarm of two yet.
  [3, 2, '- - - - X', [null, null, 'ALARM', 'OK']],
] as const)('%i periods, %i to alarm: %s', (count, needed, text, expected) => {
  test.each(treatments.map((treatment, index) => [treatment, expected[index]] as const))(
    '%s: %s',
    (treatment, state) => {
      expect(judge(periods(text), terms(count, needed, treatment)).state).toBe(state);
    },
  );
});

test.each([
  ['GreaterThanThreshold', 10, 'OK'],
  ['GreaterThanOrEqualToThreshold', 10, 'ALARM'],
  ['LessThanThreshold', 10, 'OK'],
  ['LessThanOrEqualToThreshold', 10, 'ALARM'],
  ['LessThanThreshold', 9, 'ALARM'],
  ['GreaterThanThreshold', 11, 'ALARM'],
] as const)('%s the threshold 10: %d is %s', (operator, value, state) => {
  expect(judge([{ at: 0, value }], { ...terms(1, 1, 'missing'), operator }).state).toBe(state);
});

test('reasons are in the words of CloudWatch', () => {
  const at = Date.UTC(2026, 10, 21, 13, 12);
  const two = terms(2, 1, 'notBreaching');
  const red = judge(
    [
      { at, value: 20 },
      { at: at - 60_000, value: 5 },
    ],
    two,
  );
  expect(reasonOf(red, two, 'OK')).toBe(
    'Threshold Crossed: 1 out of the last 2 datapoints [20.0 (21/11/26 13:12:00)] was greater than the threshold (10.0) (minimum 1 datapoint for OK -> ALARM transition).',
  );
  const none = terms(1, 1, 'missing');
  expect(reasonOf(judge([{ at, value: null }], none), none, 'OK')).toBe(
    'Insufficient Data: 1 datapoint was unknown.',
  );
  expect(
    reasonOf(judge([{ at, value: null }], terms(1, 1, 'breaching')), terms(1, 1, 'breaching'), 'OK'),
  ).toBe(
    'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching].',
  );
});
