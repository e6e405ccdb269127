/**
 * Webhook to task: from pretend Sentry's webhook until pretend Asana was asked to make the task, one issue at a time, with vendors that
 * answer at once and limit nothing. What is left is Errand and Temporal. There is no control: the aims are times that people notice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_STORM, rulesWith } from '../test/support/rules-dir';
import { until } from '../test/support/run';
import { median, type Figure, type Say } from './figures';
import { Installation, isLink, type Logged } from './installation';
import { startServer } from './server';

/** Milliseconds. */
const AIM = { p50: 200, p99: 1_000 };
/** The first issues of a worker ask for what the later ones know. */
const WARM_UP = 5;
const ISSUES = 100;
/** Light load: one issue after another, and none while the one before is at work. */
const EVERY_MS = 500;
const LOOK_EVERY_MS = 50;
const FIRST_ID = 6_400_000_000;

export async function latency(say: Say): Promise<Figure[]> {
  const server = await startServer(say);
  try {
    const rulesDir = rulesWith(NO_STORM);
    const errand = await Installation.start({ server, namespace: 'errand', rulesDir, limits: 'lifted' });
    await errand.startWorker();
    const times: number[] = [];
    for (let n = 0; n < WARM_UP + ISSUES; n += 1) {
      if (n % 20 === 0) say(`latency: issue ${n + 1} of ${WARM_UP + ISSUES}`);
      const ms = await toTask(errand, String(FIRST_ID + n));
      if (n >= WARM_UP) times.push(ms);
      await sleep(EVERY_MS);
    }
    await errand.stop();
    return figuresOf(times);
  } finally {
    await server.stop();
  }
}

/** Milliseconds, by the clock of this machine, which the pretend vendors share. */
async function toTask(errand: Installation, id: string): Promise<number> {
  await errand.clearRequests();
  const began = Date.now();
  await errand.sandbox.raise({ id, title: 'TypeError: Cannot read properties of undefined', release: 'shop@1.0.0' });
  const requests = await until(`issue ${id} to be linked`, async () => {
    const seen = await errand.requests();
    if (seen.some(isLink)) return seen;
    await sleep(LOOK_EVERY_MS);
    return undefined;
  });
  const made = requests.find(isTask);
  if (!made) throw new Error(`issue ${id} was linked without a task`);
  return Date.parse(made.at) - began;
}

function isTask({ vendor, method, path, status }: Logged): boolean {
  return vendor === 'asana' && method === 'POST' && /\/tasks(\?|$)/.test(path) && status < 300;
}

function figuresOf(times: number[]): Figure[] {
  const sorted = times.toSorted((a, b) => a - b);
  const p99 = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0;
  const about = `from webhook to task, ${times.length} issues one after another`;
  return [
    { name: `${about}, p50`, unit: 'ms', value: median(times), control: null, aim: { at: 'most', value: AIM.p50 } },
    {
      name: `${about}, p99`,
      unit: 'ms',
      value: p99,
      control: null,
      aim: { at: 'most', value: AIM.p99 },
      details: { longest: sorted.at(-1) ?? 0 },
    },
  ];
}
