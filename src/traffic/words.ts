/** What to send, how often, and where to. Rates are per second, times are milliseconds. */
export interface TrafficOptions {
  /** The public address: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly rate: number;
  /** At most this many connections are open; they are kept alive and used in turn. */
  readonly connections: number;
  /** Sent one after the other, over and over. */
  readonly requests: readonly TrafficRequest[];
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** A request without a complete answer this long after it was due has failed. */
  readonly timeout: number;
}

export interface TrafficRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export const getRequest = (path: string): TrafficRequest => ({
  method: 'GET',
  path,
  headers: {},
  body: null,
});

/** Counts, and latencies in milliseconds from the moment a request was due; null where nothing was measured. */
export interface Figures {
  readonly requests: number;
  readonly failed: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** What ended since the sample before: nothing is in two samples, nothing in none. */
export interface TrafficSample extends Figures {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly rps: number;
  /** Answers by the version that gave them (`x-app-version`), failed ones too. */
  readonly versions: Readonly<Record<string, number>>;
}

export interface TrafficFailure {
  /** When the request was due, milliseconds since the epoch. */
  readonly at: number;
  /** `GET /api/interactions` */
  readonly request: string;
  readonly status: number | null;
  /** Null when a complete answer came and only its status was wrong: `ECONNREFUSED`, `timeout`, `incomplete`. */
  readonly error: string | null;
  readonly version: string | null;
  /** Whether it was the first request on its connection. */
  readonly connection: 'new' | 'reused';
}

export interface TrafficSummary extends Figures {
  readonly seconds: number;
  /** Requests that were never made, because this client itself was stopped or starved for over a second. */
  readonly missed: number;
  /** The first 20. */
  readonly failures: readonly TrafficFailure[];
  readonly perVersion: Readonly<Record<string, { readonly requests: number; readonly failed: number }>>;
  readonly perSecond: readonly TrafficSecond[];
  /** Figures of the requests that were due in each named phase. */
  readonly phases: Readonly<Record<string, Figures>>;
}

/** What ended within one second, counted from the start. */
export interface TrafficSecond extends Figures {
  readonly second: number;
  readonly versions: Readonly<Record<string, number>>;
}

/** One line each on the client's standard input; the first holds the options. Its end means: stop. */
export type TrafficOrder = { readonly phase: string | null } | { readonly stop: true };

/** One line each on the client's standard output. */
export type TrafficReport =
  | { readonly started: number }
  | { readonly sample: TrafficSample }
  | { readonly summary: TrafficSummary };
