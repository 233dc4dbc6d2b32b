import { BalancerClient } from '../balancer/control.ts';
import type { Core } from '../core.ts';
import { forgetExpiredEvents } from '../logs/retention.ts';
import { AlarmEvaluation } from './alarm-watch.ts';
import { balancerRecords, readingOf } from './balancer-metrics.ts';
import type { Reading } from './balancer-metrics.ts';
import type { MetricRecord } from './metric-record.ts';
import { ServiceMetrics } from './service-metrics.ts';
import { keptMs, momentOf, secondsMs } from './time.ts';

export interface ObserverOptions {
  readonly core: Core;
  /** Where the balancer tells who it is. */
  readonly folder: string;
  readonly clock: () => number;
  readonly log: (what: string, details: Record<string, unknown>) => void;
}

/** How often a minute is looked at: whoever asks for periods of five seconds gets them, unlike on AWS. */
const looksPerMinute = 12;
/** As long as CloudWatch keeps what is finer than a minute. Its seconds. */
const fineSeconds = 3 * 3600;
const shortestLookMs = 100;
const shortestSurveyMs = 500;
const readingName = 'balancer';

/** Looks at balancer and tasks, keeps what it finds as metrics, and then evaluates the alarms. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #lookMs: number;
  readonly #surveyMs: number;
  readonly #services: ServiceMetrics;
  readonly #alarms: AlarmEvaluation;
  #reading: Reading | null;
  #timer: NodeJS.Timeout | null = null;
  #surveyedAt = 0;
  #tidiedAt = 0;
  #stopped = false;

  constructor(options: ObserverOptions) {
    this.#options = options;
    const { core } = options;
    const { minuteMs } = core.settings;
    this.#lookMs = Math.max(shortestLookMs, minuteMs / looksPerMinute);
    this.#surveyMs = Math.max(shortestSurveyMs, minuteMs);
    this.#services = new ServiceMetrics(core);
    this.#alarms = new AlarmEvaluation(core);
    this.#reading = readingFrom(core.telemetry.metrics.reading(readingName));
  }

  start(): void {
    const { clock } = this.#options;
    const next = (Math.floor(clock() / this.#lookMs) + 1) * this.#lookMs;
    this.#timer = setTimeout(() => {
      void this.#look().finally(() => {
        if (!this.#stopped) this.start();
      });
    }, next - clock());
    this.#timer.unref();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { core, clock, folder, log } = this.#options;
    try {
      const status = await BalancerClient.ofState(folder)?.status();
      if (this.#stopped) return;
      const now = clock();
      const records = [
        ...(status === undefined ? [] : balancerRecords(core, this.#reading, status)),
        ...this.#survey(now),
      ];
      const reading = status === undefined ? this.#reading : readingOf(status);
      const { metrics } = core.telemetry;
      // What was found has happened in the look that is over, so that a minute that is over gets no more.
      const at = momentOf(momentOf(now, this.#lookMs) - 1, this.#lookMs);
      const old = at - secondsMs(core.settings, fineSeconds);
      metrics.together(() => {
        for (const { metric, unit, sample } of records) metrics.record(metric, at, unit, sample);
        metrics.coarsen(old, old + this.#lookMs, core.settings.minuteMs);
        if (reading !== null) metrics.keepReading(readingName, reading);
      });
      this.#reading = reading;
      this.#alarms.evaluate(now);
      this.#tidy(now);
    } catch (failure) {
      // A balancer that is just being started again, or a full disk: the next look is a new chance.
      log('observer.failed', { reason: String(failure) });
    }
  }

  #survey(now: number): readonly MetricRecord[] {
    if (Math.floor(now / this.#surveyMs) === this.#surveyedAt) return [];
    this.#surveyedAt = Math.floor(now / this.#surveyMs);
    return this.#services.read(now);
  }

  #tidy(now: number): void {
    const { core } = this.#options;
    const hourMs = Math.max(60 * core.settings.minuteMs, shortestSurveyMs);
    if (Math.floor(now / hourMs) === this.#tidiedAt) return;
    this.#tidiedAt = Math.floor(now / hourMs);
    core.telemetry.metrics.forget(now - keptMs(core.settings));
    forgetExpiredEvents(core, now);
  }
}

/** Written by an engine of this very package; another's is passed over. */
function readingFrom(kept: unknown): Reading | null {
  return isReading(kept) ? kept : null;
}

function isReading(kept: unknown): kept is Reading {
  return (
    typeof kept === 'object' && kept !== null && 'balancer' in kept && 'groups' in kept && 'listeners' in kept
  );
}
