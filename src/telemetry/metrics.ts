/** What the API process counts, in one table; written down as Prometheus reads it. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { IssueRecord } from '../core/issue/record';
import type { Instant } from '../core/refs';

export type Metric = {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: readonly string[];
};

export const METRICS = {
  deliveries: {
    name: 'errand_deliveries_total',
    type: 'counter',
    help: 'Webhook deliveries by source and by what became of them: kept, repeated (the same body came before), no_issue and not_understood were answered 202, the others refused.',
    labels: ['source', 'outcome'],
  },
  refused: {
    name: 'errand_webhooks_refused_total',
    type: 'counter',
    help: 'Webhooks refused for their signature, by the route they came to.',
    labels: ['path'],
  },
  seconds: {
    name: 'errand_delivery_seconds',
    type: 'histogram',
    help: 'Time from the first byte of a webhook to its answer 202, when it is on the disk. Sentry waits one second.',
    labels: [],
  },
  waiting: {
    name: 'errand_inbox_waiting',
    type: 'gauge',
    help: 'Issues for which something waits. Repeats of a noisy issue wait on purpose, for 15 minutes at most (settings.quiet).',
    labels: [],
  },
  dead: {
    name: 'errand_inbox_dead',
    type: 'gauge',
    help: 'Hints that Temporal refused for good; see GET /deliveries.',
    labels: [],
  },
  full: {
    name: 'errand_inbox_full_ratio',
    type: 'gauge',
    help: 'How full the inbox is, 0 to 1; above 0.95 webhooks of further issues are answered 500.',
    labels: [],
  },
  oldest: {
    name: 'errand_inbox_oldest_seconds',
    type: 'gauge',
    help: 'How long the oldest of what waits has waited; 0 when nothing does.',
    labels: [],
  },
  signals: {
    name: 'errand_dispatch_total',
    type: 'counter',
    help: 'Signals to Temporal by result: sent; paused (Temporal is away or busy: tried again); invalid (refused: moved to the dead after three tries).',
    labels: ['result'],
  },
  temporal: {
    name: 'errand_temporal_up',
    type: 'gauge',
    help: 'Whether Temporal can be reached, 1 or 0; asked at most every 15 seconds.',
    labels: [],
  },
  issues: {
    name: 'errand_issues',
    type: 'gauge',
    help: 'Issues that are followed, by state; counted at most every 15 seconds. Absent while Temporal cannot be asked.',
    labels: ['state'],
  },
  attention: {
    name: 'errand_issues_attention',
    type: 'gauge',
    help: 'Issues that need a person, with those whose workflow is stuck or has ended before its time; counted at most every 15 seconds. Absent while Temporal cannot be asked.',
    labels: [],
  },
  acts: {
    name: 'errand_operator_acts_total',
    type: 'counter',
    help: 'What operators asked for over HTTP, by act and outcome: done, recorded (no worker answered yet), or the code it was refused with.',
    labels: ['act', 'outcome'],
  },
  mistakes: {
    name: 'errand_rules_mistakes',
    type: 'gauge',
    help: 'Mistakes in the rules as they lie in RULES_DIR; while there are any, the earlier rules, or the last good copy, stay in force.',
    labels: [],
  },
  build: { name: 'errand_build_info', type: 'gauge', help: 'Always 1; names the version.', labels: ['version'] },
} as const satisfies Record<string, Metric>;

/** Of the many that prom-client makes of a process, those that an operator looks at. The first of a kind reads for the others. */
export const PROCESS_METRICS: readonly Metric[] = [
  { name: 'process_cpu_user_seconds_total', type: 'counter', help: 'CPU time spent in user mode.', labels: [] },
  { name: 'process_cpu_system_seconds_total', type: 'counter', help: 'CPU time spent in the kernel.', labels: [] },
  { name: 'process_cpu_seconds_total', type: 'counter', help: 'CPU time spent, both together.', labels: [] },
  { name: 'process_start_time_seconds', type: 'gauge', help: 'When the process started (Unix time).', labels: [] },
  { name: 'process_resident_memory_bytes', type: 'gauge', help: 'Resident memory.', labels: [] },
  {
    name: 'nodejs_eventloop_lag_seconds',
    type: 'gauge',
    help: 'Lag of the event loop at the last scrape.',
    labels: [],
  },
  {
    name: 'nodejs_eventloop_lag_p99_seconds',
    type: 'gauge',
    help: 'Lag of the event loop since the last scrape, 99th percentile.',
    labels: [],
  },
];

/** Around the second that Sentry waits; an answer takes some milliseconds. */
const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** The first four were answered 202; the others are the codes that were answered. */
export type DeliveryOutcome =
  | 'kept'
  | 'repeated'
  | 'no_issue'
  | 'not_understood'
  | 'bad_signature'
  | 'not_json'
  | 'not_found'
  | 'too_large'
  | 'inbox_full'
  | 'inbox_failed';
const DURABLE: readonly DeliveryOutcome[] = ['kept', 'repeated', 'no_issue', 'not_understood'];

export type InboxState = { waiting: number; dead: number; full: number; oldest: Instant | null };
/** Signals since the start. */
export type SignalCounts = { sent: number; paused: number; invalid: number };
/** States whose issues have a running workflow; one that is `done` has none. */
export type FollowedState = Exclude<IssueRecord['state'], 'done'>;
export type IssueCounts = { states: Record<FollowedState, number>; attention: number };
/** `issues` is absent when they could not be counted. */
export type TemporalState = { up: boolean; issues?: IssueCounts };

/** What is read when somebody scrapes. */
export type MetricSources = {
  version: string;
  inbox: () => InboxState;
  signals: () => SignalCounts;
  temporal: () => Promise<TemporalState>;
  mistakes: () => number;
  now?: () => number;
};

export type Metrics = {
  /** A webhook was answered; `seconds` from its first byte. */
  delivery(source: string, outcome: DeliveryOutcome, seconds: number): void;
  /** A webhook was refused for its signature. `path`: the route. */
  refused(path: string): void;
  /** An operator's act was answered. */
  act(act: string, outcome: string): void;
  /** The text of a scrape. Never rejects: what cannot be read is left out. */
  scrape(): Promise<{ contentType: string; text: string }>;
};

/** The metrics of one API process, in a registry of their own. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  processMetrics(registry);
  const counter = (row: Metric): Counter => new Counter(configOf(row, registry));
  const gauge = (row: Metric): Gauge => new Gauge(configOf(row, registry));
  const deliveries = counter(METRICS.deliveries);
  const refused = counter(METRICS.refused);
  const seconds = new Histogram({ ...configOf(METRICS.seconds, registry), buckets: SECONDS_BUCKETS });
  const [waiting, dead, full, oldest] = [METRICS.waiting, METRICS.dead, METRICS.full, METRICS.oldest].map(gauge);
  const signals = counter(METRICS.signals);
  const up = gauge(METRICS.temporal);
  const issues = gauge(METRICS.issues);
  const attention = gauge(METRICS.attention);
  const acts = counter(METRICS.acts);
  const mistakes = gauge(METRICS.mistakes);
  gauge(METRICS.build).set({ version: sources.version }, 1);

  const readInbox = (): void => {
    const state = attempt(sources.inbox);
    const now = sources.now?.() ?? Date.now();
    const age = state?.oldest ? Math.max(0, (now - Date.parse(state.oldest)) / 1_000) : 0;
    set(waiting, state?.waiting);
    set(dead, state?.dead);
    set(full, state?.full);
    set(oldest, state && age);
  };
  const readSignals = (): void => {
    signals.reset();
    for (const [result, n] of Object.entries(sources.signals())) signals.inc({ result }, n);
  };
  const readTemporal = async (): Promise<void> => {
    const state = await sources.temporal().catch((): TemporalState => ({ up: false }));
    set(up, state.up ? 1 : 0);
    issues.reset();
    for (const [name, n] of Object.entries(state.issues?.states ?? {})) issues.set({ state: name }, n);
    set(attention, state.issues?.attention);
  };

  return {
    delivery(source, outcome, took) {
      deliveries.inc({ source, outcome });
      if (DURABLE.includes(outcome)) seconds.observe(took);
    },
    refused: (path) => refused.inc({ path }),
    act: (act, outcome) => acts.inc({ act, outcome }),
    async scrape() {
      await readTemporal();
      readInbox();
      readSignals();
      mistakes.set(sources.mistakes());
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function configOf({ name, help, labels }: Metric, registry: Registry) {
  return { name, help, labelNames: [...labels], registers: [registry] };
}

function processMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  const wanted = new Set(PROCESS_METRICS.map((m) => m.name));
  for (const { name } of registry.getMetricsAsArray()) if (!wanted.has(name)) registry.removeSingleMetric(name);
}

/** A gauge that is not known has no sample: 0 would be a claim. */
function set(gauge: Gauge | undefined, value: number | undefined): void {
  if (value === undefined) gauge?.remove();
  else gauge?.set(value);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
