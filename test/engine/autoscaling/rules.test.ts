import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { steppedCapacity } from '../../../src/engine/autoscaling/adjustment.ts';
import { isDue, readSchedule } from '../../../src/engine/autoscaling/schedule.ts';
import {
  continued,
  directionOf,
  noStreak,
  trackedCapacity,
} from '../../../src/engine/autoscaling/tracking.ts';

describe('steps', () => {
  const steps = [
    { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 10 },
    { MetricIntervalLowerBound: 10, ScalingAdjustment: 30 },
    { MetricIntervalLowerBound: -10, MetricIntervalUpperBound: 0, ScalingAdjustment: -10 },
    { MetricIntervalUpperBound: -10, ScalingAdjustment: -30 },
  ];
  const stepped = (
    distance: number,
    side: 'above' | 'below',
    capacity: number,
    AdjustmentType: 'PercentChangeInCapacity' | 'ChangeInCapacity' | 'ExactCapacity',
    MinAdjustmentMagnitude?: number,
  ) =>
    steppedCapacity(
      {
        AdjustmentType,
        StepAdjustments: steps,
        ...(MinAdjustmentMagnitude === undefined ? {} : { MinAdjustmentMagnitude }),
      },
      { distance, side },
      capacity,
    );

  test('a bound belongs to the step that is nearer to the threshold', () => {
    const change = (distance: number, side: 'above' | 'below') =>
      stepped(distance, side, 100, 'ChangeInCapacity');
    expect([change(0, 'above'), change(9, 'above'), change(10, 'above')]).toEqual([110, 110, 130]);
    expect([change(0, 'below'), change(-10, 'below'), change(-11, 'below')]).toEqual([90, 70, 70]);
    expect(stepped(0, 'above', 100, 'ExactCapacity')).toBe(10);
  });

  test('percentages are rounded towards zero, but never to it', () => {
    const percent = (distance: number, capacity: number, least?: number) =>
      stepped(distance, distance < 0 ? 'below' : 'above', capacity, 'PercentChangeInCapacity', least);
    // The example of AWS: ten tasks, then 11, 14, and back over 13 and 10.
    expect([percent(5, 10), percent(20, 11), percent(-5, 14), percent(-20, 13)]).toEqual([11, 14, 13, 10]);
    expect(percent(5, 3)).toBe(4);
    expect(percent(5, 10, 2)).toBe(12);
    expect(percent(-5, 10, 3)).toBe(7);
  });
});

describe('tracking', () => {
  test('the capacity is the least that brings the metric to its target', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        (capacity, value, target) => {
          const wanted = trackedCapacity(capacity, value, target);
          const load = capacity * value;
          expect(load / wanted).toBeLessThanOrEqual(target * 1.001 + 1e-6);
          if (wanted > 1) expect(load / (wanted - 1)).toBeGreaterThan(target * 0.999);
        },
      ),
    );
  });

  test('it takes three minutes above the target, or fifteen clearly below it, without a gap', () => {
    const after = (values: readonly (number | null)[]) =>
      directionOf(values.reduce((streak, value) => continued(streak, value, 50), noStreak));
    expect(after([51, 51])).toBeNull();
    expect(after([51, 51, 51])).toBe('out');
    expect(after([51, 51, null, 51])).toBeNull();
    expect(after([51, 51, 50, 51])).toBeNull();
    expect(after(Array.from({ length: 14 }, () => 44))).toBeNull();
    expect(after(Array.from({ length: 15 }, () => 44))).toBe('in');
    expect(after(Array.from({ length: 30 }, () => 45))).toBeNull();
  });
});

describe('schedules', () => {
  const due = (text: string, zone: string | null, from: string, until: string, minuteMs = 60_000) =>
    isDue(readSchedule(text, zone), {
      from: Date.parse(from),
      until: Date.parse(until),
      begin: Date.parse('2030-01-01T00:00:00Z'),
      minuteMs,
    });

  test('`at` is once, by the clocks of its zone', () => {
    const at = 'at(2030-07-01T09:00:00)';
    expect(due(at, null, '2030-07-01T08:59:59Z', '2030-07-01T09:00:00Z')).toBe(true);
    expect(due(at, null, '2030-07-01T09:00:00Z', '2030-07-01T09:00:01Z')).toBe(false);
    expect(due(at, 'Europe/Berlin', '2030-07-01T06:59:59Z', '2030-07-01T07:00:00Z')).toBe(true);
  });

  test('`rate` is every so many of the engine’s minutes', () => {
    expect(due('rate(5 minutes)', null, '2030-01-01T00:04:59Z', '2030-01-01T00:05:00Z')).toBe(true);
    expect(due('rate(5 minutes)', null, '2030-01-01T00:05:00Z', '2030-01-01T00:09:59Z')).toBe(false);
    expect(due('rate(1 hour)', null, '2030-01-01T00:00:59Z', '2030-01-01T00:01:00Z', 1000)).toBe(true);
  });

  test('`cron` names minutes of the wall clock', () => {
    const cron = 'cron(30 9 ? * MON-FRI *)';
    // A Monday and a Sunday.
    expect(due(cron, null, '2030-07-01T09:29:30Z', '2030-07-01T09:30:00Z')).toBe(true);
    expect(due(cron, null, '2030-07-01T09:30:00Z', '2030-07-01T09:30:50Z')).toBe(false);
    expect(due(cron, null, '2030-06-30T09:29:30Z', '2030-06-30T09:30:00Z')).toBe(false);
    expect(due(cron, 'America/New_York', '2030-07-01T13:29:30Z', '2030-07-01T13:30:00Z')).toBe(true);
    expect(due('cron(0/15 * * * ? *)', null, '2030-07-01T09:44:30Z', '2030-07-01T09:45:10Z')).toBe(true);
    expect(due('cron(0/15 * * * ? *)', null, '2030-07-01T09:45:10Z', '2030-07-01T09:46:10Z')).toBe(false);
    for (const wrong of [
      'cron(* * * * *)',
      'cron(60 * * * ? *)',
      'cron(0 0 ? * MOO *)',
      'rate(0 minutes)',
      'at(x)',
      'x',
    ])
      expect(() => readSchedule(wrong, null), wrong).toThrow('Invalid schedule expression');
  });
});
