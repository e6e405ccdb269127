/** The table of metrics, and what a scrape shows of it. */
import {
  createMetrics,
  METRICS,
  PROCESS_METRICS,
  type Metric,
  type Metrics,
  type MetricSources,
} from '../../src/telemetry/metrics';

const NOW = Date.parse('2026-01-01T00:01:00.000Z');
const STATES = { new: 1, open: 2, resolved: 3, muted: 4, skipped: 5 };

function metricsOf(sources: Partial<MetricSources> = {}): Metrics {
  return createMetrics({
    version: '1.2.3',
    inbox: () => ({ waiting: 7, dead: 1, full: 0.25, oldest: '2026-01-01T00:00:18.000Z' }),
    signals: () => ({ sent: 5, paused: 2, invalid: 1 }),
    temporal: () => Promise.resolve({ up: true, issues: { states: STATES, attention: 2 } }),
    mistakes: () => 0,
    now: () => NOW,
    ...sources,
  });
}

/** Samples as Prometheus names them, `name{label="value"}` to its value. */
async function samples(metrics: Metrics): Promise<Map<string, number>> {
  const { text } = await metrics.scrape();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}
const named = (all: Map<string, number>, name: string): string[] =>
  [...all.keys()].filter((key) => key.startsWith(name));

test('what is registered is what the table says, name by name and type by type', async () => {
  const { contentType, text } = await metricsOf().scrape();
  expect(contentType).toContain('text/plain; version=0.0.4');
  const registered = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name, type }));
  const table: Metric[] = [...Object.values(METRICS), ...PROCESS_METRICS];
  const byName = (a: { name?: string }, b: { name?: string }): number => (a.name ?? '').localeCompare(b.name ?? '');
  expect(registered.sort(byName)).toEqual(table.map(({ name, type }) => ({ name, type })).sort(byName));
});

test('every metric carries the labels of the table', async () => {
  const metrics = metricsOf();
  metrics.delivery('sentry', 'kept', 0.01);
  metrics.act('retry', 'done');
  metrics.refused('/webhooks/sentry');
  const all = await samples(metrics);
  for (const { name, type, labels } of [...Object.values(METRICS), ...PROCESS_METRICS]) {
    const [first = ''] = named(all, type === 'histogram' ? `${name}_count` : name);
    const carried = [...first.matchAll(/(\w+)="/g)].map(([, label]) => label);
    expect({ name, seen: first !== '', labels: carried }).toEqual({ name, seen: true, labels: [...labels] });
  }
});

test('deliveries are counted by source and outcome; only those that were kept are timed', async () => {
  const metrics = metricsOf();
  metrics.delivery('sentry', 'kept', 0.004);
  metrics.delivery('sentry', 'kept', 0.3);
  metrics.delivery('sentry-legacy', 'no_issue', 0.02);
  metrics.delivery('sentry', 'not_understood', 0.02);
  metrics.delivery('sentry', 'bad_signature', 2);
  metrics.delivery('sentry', 'inbox_failed', 2);
  const all = await samples(metrics);
  expect(all.get('errand_deliveries_total{source="sentry",outcome="kept"}')).toBe(2);
  expect(all.get('errand_deliveries_total{source="sentry-legacy",outcome="no_issue"}')).toBe(1);
  expect(all.get('errand_deliveries_total{source="sentry",outcome="bad_signature"}')).toBe(1);
  expect(all.get('errand_delivery_seconds_count')).toBe(4);
  expect(all.get('errand_delivery_seconds_bucket{le="0.005"}')).toBe(1);
  expect(all.get('errand_delivery_seconds_bucket{le="0.25"}')).toBe(3);
  expect(all.get('errand_delivery_seconds_sum')).toBeCloseTo(0.344);
});

test('inbox, signals, issues and version are read at the scrape', async () => {
  const all = await samples(metricsOf());
  expect(all.get('errand_inbox_waiting')).toBe(7);
  expect(all.get('errand_inbox_dead')).toBe(1);
  expect(all.get('errand_inbox_full_ratio')).toBe(0.25);
  expect(all.get('errand_inbox_oldest_seconds')).toBe(42);
  expect(all.get('errand_dispatch_total{result="sent"}')).toBe(5);
  expect(all.get('errand_dispatch_total{result="paused"}')).toBe(2);
  expect(all.get('errand_dispatch_total{result="invalid"}')).toBe(1);
  expect(all.get('errand_temporal_up')).toBe(1);
  for (const [state, n] of Object.entries(STATES)) expect(all.get(`errand_issues{state="${state}"}`)).toBe(n);
  expect(all.get('errand_issues_attention')).toBe(2);
  expect(all.get('errand_build_info{version="1.2.3"}')).toBe(1);
});

test('totals are not added up from scrape to scrape', async () => {
  const metrics = metricsOf();
  await metrics.scrape();
  expect((await samples(metrics)).get('errand_dispatch_total{result="sent"}')).toBe(5);
});

test('nothing waits: the oldest is 0 seconds old', async () => {
  const all = await samples(metricsOf({ inbox: () => ({ waiting: 0, dead: 0, full: 0, oldest: null }) }));
  expect(all.get('errand_inbox_oldest_seconds')).toBe(0);
});

test('what cannot be known is absent, not 0, and comes back', async () => {
  let up = false;
  const metrics = metricsOf({
    temporal: () => Promise.resolve(up ? { up, issues: { states: STATES, attention: 0 } } : { up }),
  });
  const down = await samples(metrics);
  expect(down.get('errand_temporal_up')).toBe(0);
  expect(named(down, 'errand_issues')).toEqual([]);
  expect(down.get('errand_inbox_waiting')).toBe(7);
  up = true;
  const back = await samples(metrics);
  expect(back.get('errand_temporal_up')).toBe(1);
  expect(back.get('errand_issues{state="open"}')).toBe(2);
  expect(back.get('errand_issues_attention')).toBe(0);
  up = false;
  expect(named(await samples(metrics), 'errand_issues')).toEqual([]);
});

test('what fails is left out, and the rest is told', async () => {
  const all = await samples(
    metricsOf({
      inbox: () => {
        throw new Error('the disk is gone');
      },
      temporal: () => Promise.reject(new Error('nobody there')),
    }),
  );
  expect(named(all, 'errand_inbox')).toEqual([]);
  expect(all.get('errand_temporal_up')).toBe(0);
  expect(all.get('errand_dispatch_total{result="sent"}')).toBe(5);
});

test('acts are counted by act and outcome', async () => {
  const metrics = metricsOf();
  metrics.act('retry', 'done');
  metrics.act('retry', 'done');
  metrics.act('reassign', 'invalid');
  const all = await samples(metrics);
  expect(all.get('errand_operator_acts_total{act="retry",outcome="done"}')).toBe(2);
  expect(all.get('errand_operator_acts_total{act="reassign",outcome="invalid"}')).toBe(1);
});
