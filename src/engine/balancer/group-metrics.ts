import type { GroupCounters } from './control.ts';
import { Histogram } from './histogram.ts';

/** What is counted for a target group; each field as in GroupCounters. */
export class GroupMetrics {
  requests = 0;
  connectionErrors = 0;
  retries = 0;
  elb502 = 0;
  elb503 = 0;
  elb504 = 0;
  brokenResponses = 0;
  clientAborts = 0;
  #target2xx = 0;
  #target3xx = 0;
  #target4xx = 0;
  #target5xx = 0;
  readonly #responseTime = new Histogram();

  responded(status: number, milliseconds: number): void {
    this.#responseTime.record(milliseconds * 1000);
    if (status >= 500) this.#target5xx += 1;
    else if (status >= 400) this.#target4xx += 1;
    else if (status >= 300) this.#target3xx += 1;
    else this.#target2xx += 1;
  }

  elbAnswered(status: 502 | 503 | 504): void {
    switch (status) {
      case 502:
        this.elb502 += 1;
        break;
      case 503:
        this.elb503 += 1;
        break;
      case 504:
        this.elb504 += 1;
        break;
    }
  }

  counters(): GroupCounters {
    return {
      requests: this.requests,
      target2xx: this.#target2xx,
      target3xx: this.#target3xx,
      target4xx: this.#target4xx,
      target5xx: this.#target5xx,
      connectionErrors: this.connectionErrors,
      retries: this.retries,
      elb502: this.elb502,
      elb503: this.elb503,
      elb504: this.elb504,
      brokenResponses: this.brokenResponses,
      clientAborts: this.clientAborts,
      responseTime: this.#responseTime.counts(),
    };
  }
}
