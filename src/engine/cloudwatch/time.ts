import type { Settings } from '../settings.ts';
import { validationError } from './failures.ts';

/** CloudWatch's seconds as long as they last here: 60 of them are one of the engine's minutes. */
export const secondsMs = ({ minuteMs }: Settings, seconds: number): number => (seconds * minuteMs) / 60;

/** A period in CloudWatch's seconds: 1, 5, 10, 20, 30 or whole minutes. */
export function checkedPeriod(period: number | undefined): number {
  const given = period ?? 0;
  if ([1, 5, 10, 20, 30].includes(given) || (given > 0 && given % 60 === 0)) return given;
  throw validationError(`Period must be 1, 5, 10, 20, 30 or a multiple of 60, not ${given}`);
}

/** The moment that a sample belongs to. */
export const momentOf = (at: number, resolutionMs: number): number =>
  Math.floor(Math.floor(at / resolutionMs) * resolutionMs);

/** Samples are kept for a day of the engine's minutes. */
export const keptMs = (settings: Settings): number => secondsMs(settings, 86_400);
