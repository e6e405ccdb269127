/** What goes wrong in a run, and how often. One table, so that a run's weather can be read, kept and changed as a whole. */

export type Weather = {
  /** Shares of Sentry's webhooks, in per cent. */
  drop: number;
  double: number;
  /** Each webhook is held back by up to this many ms, so that they arrive in another order. */
  hold: number;
  /** The api is killed -9 so often, in ms; 0: never. */
  apiKilledEvery: number;
  /** One of the two workers is killed -9, or stopped, two seconds after it became ready, again and again. */
  workerKilled: boolean;
  /** How often Temporal is killed -9 and started again, in each round. */
  temporalRestarts: number;
  /** What befalls calls of the vendors, in per cent. */
  asana: { commitThenReset: number; commitLate: number; status429: number; status500: number };
  /** For this share of the time, in per cent and again and again ({@link LEFT_OUT_EVERY_MS}), Asana leaves out the assignee and the completion, with 2xx. */
  leftOut: number;
  /** For this share of a round, in per cent and from its beginning, Asana refuses new tasks with 403. */
  refused: number;
  /** `proxyPage`: a proxy's own page with 404. */
  sentry: { status500: number; proxyPage: number };
  /** For `for` ms, `every` so many ms, Sentry says 404 of every issue that is read; 0: never. As while issues are merged. */
  missing: { every: number; for: number };
  /** Sentry's list is so far behind, in ms: rows of what happened since then have no last occurrence. */
  listLag: number;
  /** Share of the issues, in per cent, that are older than the first start and came without a webhook. */
  backlog: number;
  /** Every read of an issue in Sentry takes so long, in ms, and shows what was true at its beginning; 0: as it comes. */
  slowReads: number;
  /** For this share of a round, in per cent and from its beginning, Sentry's list answers 500. */
  listDown: number;
  /** How often the feed sweeps, in ms; 0: never within a run. */
  sweepEvery: number;
  /** The end is waited for without asking for sweeps: what the feed does by itself has to be enough. */
  ownSweeps: boolean;
  /** Workflows are terminated and reset by hand. */
  handsOnTemporal: boolean;
  /** `all`: some are deleted or merged in Sentry in the end. `hasty`: the acts of a life follow each other within a second. `raised`: there is only the first. */
  lives: 'all' | 'hasty' | 'raised';
  /** The first of each transition get faults of their own (director.ts), so that a short run reaches its table. */
  directed: boolean;
  /** How long quiet is waited for, in ms; only a run that is red takes it. */
  patience: number;
};

/** The longest step of a killed worker takes a minute to be given to another; some such may follow each other. */
const STEPS_MS = 5 * 60_000;

/** Everything at once. */
export const STORM: Weather = {
  drop: 30,
  double: 10,
  hold: 3_000,
  apiKilledEvery: 20_000,
  workerKilled: true,
  temporalRestarts: 3,
  asana: { commitThenReset: 10, commitLate: 2, status429: 5, status500: 5 },
  leftOut: 25,
  refused: 0,
  sentry: { status500: 5, proxyPage: 3 },
  missing: { every: 30_000, for: 3_000 },
  listLag: 5_000,
  backlog: 8,
  slowReads: 0,
  listDown: 0,
  sweepEvery: 10_000,
  ownSweeps: false,
  handsOnTemporal: true,
  lives: 'all',
  directed: true,
  // A slow machine takes its time.
  patience: 2 * STEPS_MS,
};

/** Nothing goes wrong: what a single fault is added to. */
export const CALM: Weather = {
  drop: 0,
  double: 0,
  hold: 0,
  apiKilledEvery: 0,
  workerKilled: false,
  temporalRestarts: 0,
  asana: { commitThenReset: 0, commitLate: 0, status429: 0, status500: 0 },
  leftOut: 0,
  refused: 0,
  sentry: { status500: 0, proxyPage: 0 },
  missing: { every: 0, for: 0 },
  listLag: 0,
  backlog: 0,
  slowReads: 0,
  listDown: 0,
  sweepEvery: 10_000,
  ownSweeps: false,
  handsOnTemporal: false,
  lives: 'all',
  directed: false,
  patience: STEPS_MS,
};

/** How long after it hung up pretend Asana does it all the same. Shorter than {@link UNKNOWN_OUTCOME}, see `ensureTask`. */
export const COMMIT_LATE_MS = 2_000;
/** settings.unknownOutcome of the run: the look after a lost answer comes when the late commit has happened. */
export const UNKNOWN_OUTCOME = ['5s', '10s'];
/** settings.goneAfter of the run: each look falls between two of the times in which Sentry says 404, and the third as well. */
export const GONE_AFTER = ['11s', '11s'];
/** settings.verifyAfter of the run, in ms. */
export const VERIFY_AFTER_MS = 10_000;

/** What pretend vendors are told of it, as bodies of POST /_control/faults. */
export function faultsOf({ asana, sentry, slowReads }: Weather, seed: number): Record<string, unknown>[] {
  const on = (vendor: string, percent: number, fault: Record<string, unknown>): Record<string, unknown>[] =>
    percent > 0 ? [{ vendor, percent, seed, ...fault }] : [];
  return [
    ...on('asana', asana.commitThenReset, { kind: 'commitThenReset', method: 'POST' }),
    ...on('asana', asana.commitThenReset, { kind: 'commitThenReset', method: 'PUT' }),
    // Of a task alone: a PUT that is done late is another matter, see docs/developing/chaos.md.
    ...on('asana', asana.commitLate, { kind: 'commitLate', method: 'POST', ms: COMMIT_LATE_MS }),
    ...on('asana', asana.status429, { kind: 'status', status: 429, retryAfter: 1 }),
    ...on('asana', asana.status500, { kind: 'status', status: 500 }),
    ...on('sentry', sentry.status500, { kind: 'status', status: 500 }),
    ...on('sentry', sentry.proxyPage, { kind: 'page', status: 404, seed: seed + 1 }),
    // One of the three requests of a read: the others show what was true when it began.
    ...(slowReads > 0
      ? [{ vendor: 'sentry', kind: 'latency', method: 'GET', path: 'events/latest/$', ms: slowReads }]
      : []),
  ];
}
export type Fault = Record<string, string | number> & { path: string };
/** Sentry's list, which sweeps read, is down. */
export const LIST_DOWN: Fault = { vendor: 'sentry', kind: 'status', status: 500, method: 'GET', path: '/issues/$' };
/** Every issue that is read is missing, in Sentry's own words. */
export const MISSING: Fault = { vendor: 'sentry', kind: 'status', status: 404, method: 'GET', path: '/issues/\\d+/$' };
/** Asana makes no task. */
export const REFUSED: Fault = { vendor: 'asana', kind: 'status', status: 403, method: 'POST', path: '/tasks$' };
/** Asana leaves something out again and again, so that it happens to every transition; in the beginning of a round few issues are closed. */
export const LEFT_OUT_EVERY_MS = 15_000;
/** What Asana takes with 2xx and leaves out meanwhile. */
export const LEFT_OUT = ['assignee', 'completed'];
