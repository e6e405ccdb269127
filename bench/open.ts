/**
 * What many open issues cost while nothing happens, and how quickly one of them answers: memory and processor time of a worker,
 * an operator's act, a sweep of everything, and Temporal's database. The control of memory and processor time is the same worker
 * with no issue.
 *
 * The issues are honest workflows of the product, run by its own worker; only their beginning is taken in bulk (seed-workflow.ts):
 * each starts with the record that an issue with its task has, as if it had just been continued as new. Pretend Sentry has them all.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { ISSUE_WORKFLOW, workflowIdOf, type IssueStart } from '../src/contract';
import { loadRules, type Rules } from '../src/rules/load';
import type { SweepReport } from '../src/core/feed/activities';
import type { IssueRecord } from '../src/core/issue/record';
import { settle, opened } from '../test/support/records';
import { until } from '../test/support/run';
import { median, progress, type Figure, type Say } from './figures';
import { Installation, PATIENCE_MS } from './installation';
import { startServer, type Server } from './server';
import type { seed } from './seed-workflow';

/** Of 100,000 open issues, by the issue that asks for them; two sizes show the slope. */
const AIM = { rssMiB: 1_024, cpu: 2, answerMs: 2_000, sweepSeconds: 300 };
export const OPEN_ISSUES = [10_000, 30_000];
const RULES = join(__dirname, '..', 'rules');
const QUEUE_OF_SEEDS = 'bench-seed';
const AT_ONCE = 48;
/** Long enough for a minute's timers, of the feed and the alerts, to come once. */
const IDLE_MS = 65_000;
const ACTS = 200;
/** One act every so often: an operator, and not a storm of them. */
const ACT_EVERY_MS = 100;
const FIRST_ID = 6_300_000_000;
const NAMESPACE = 'errand';
/** USER_HZ of every Linux that Node runs on (getconf CLK_TCK). */
const TICKS_PER_SECOND = 100;
const MIB = 1_048_576;
/** A quiet machine takes 15 ms for an issue; a busy one is waited for. */
const PATIENCE_PER_ISSUE_MS = 100;
const patience = (issues: number): number => PATIENCE_MS + issues * PATIENCE_PER_ISSUE_MS;

type Idle = { rssMiB: number; cpu: number };

/** @param sizes numbers of open issues, growing */
export async function open(say: Say, sizes: number[] = OPEN_ISSUES): Promise<Figure[]> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const server = await startServer(say);
  try {
    return await new Measure(server, say).run(sizes);
  } finally {
    await server.stop();
  }
}

class Measure {
  private readonly figures: Figure[] = [];
  private made = 0;

  constructor(
    private readonly server: Server,
    private readonly say: Say,
  ) {}

  async run(sizes: number[]): Promise<Figure[]> {
    const loaded = await loadRules(RULES);
    if (!('rules' in loaded)) throw new Error('the example rules are wrong');
    const { server } = this;
    const errand = await Installation.start({ server, namespace: NAMESPACE, rulesDir: RULES, limits: 'in force' });
    await errand.startWorker();
    // The feed's first sweep sets the floor, so that nothing is taken for new later.
    this.say('open: the worker with no issue');
    const control = await this.idle(errand);
    for (const size of sizes) await this.measure(errand, loaded.rules, size, control);
    await errand.stop();
    return this.figures;
  }

  private async measure(errand: Installation, rules: Rules, size: number, control: Idle): Promise<void> {
    await errand.stopWorker();
    await this.fill(errand, rules, size);
    await errand.startWorker();
    await until(
      `${size} open issues at rest`,
      async () => {
        const { count } = await errand.client.workflow.count(
          `WorkflowType = '${ISSUE_WORKFLOW}' AND ExecutionStatus = 'Running' AND IssueState = 'open'`,
        );
        this.say(`open: ${count} of ${size} issues are open`);
        await sleep(5_000);
        return count >= size;
      },
      patience(size),
    );
    // What remains of the cache is what a worker has some time after its start.
    await errand.stopWorker();
    await errand.startWorker();
    const answers = await this.acts(errand, size);
    const sweep = await this.sweep(errand);
    this.say(`open: ${size} issues, doing nothing for ${IDLE_MS / 1_000} s`);
    const idle = await this.idle(errand);
    const bytes = this.databaseBytes();
    const about = `${size.toLocaleString('en')} open issues`;
    const none = 'the same worker with no issue';
    const figures: Figure[] = [
      {
        name: `memory of a worker, ${about}`,
        unit: 'MiB',
        value: idle.rssMiB,
        control: { what: none, value: control.rssMiB },
        aim: { at: 'most', value: AIM.rssMiB },
        details: { 'KiB more per open issue': ((idle.rssMiB - control.rssMiB) * 1_024) / size },
      },
      {
        name: `processor time of a worker that has nothing to do, ${about}`,
        unit: '% of a core',
        value: idle.cpu,
        control: { what: none, value: control.cpu },
        aim: { at: 'most', value: AIM.cpu },
      },
      {
        name: `an operator's act until its answer, ${about}, p99 of ${ACTS}`,
        unit: 'ms',
        value: percentile(answers, 0.99),
        control: null,
        aim: { at: 'most', value: AIM.answerMs },
        details: { p50: median(answers) },
      },
      {
        name: `a full sweep, ${about}`,
        unit: 's',
        value: sweep.seconds,
        control: null,
        aim: { at: 'most', value: AIM.sweepSeconds },
        details: { 'pages of Sentry': sweep.pages, present: sweep.present, 'told to look': sweep.told },
      },
      {
        name: `Temporal's database, ${about}`,
        unit: 'KiB per issue',
        value: bytes / size / 1_024,
        control: null,
      },
    ];
    // Whoever stops it in the next size, an hour later, has these.
    for (const { name, value, unit } of figures) this.say(`open: ${name}: ${value.toFixed(1)} ${unit}`);
    this.figures.push(...figures);
  }

  /** Makes issues in pretend Sentry and their workflows, up to `size` in all. */
  private async fill(errand: Installation, rules: Rules, size: number): Promise<void> {
    const stop = await startSeeds(this.server.address);
    const began = Date.now();
    const ids = Array.from({ length: size - this.made }, (_, i) => String(FIRST_ID + this.made + i));
    const wanted = ids.length;
    let done = 0;
    const work = async (): Promise<void> => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        const marker = workflowIdOf({ source: 'sentry', scope: 'acme', id });
        const title = `Error: number ${id}`;
        await errand.sandbox.raise({ id, title, project: 'shop', webhook: false });
        const { gid } = await errand.sandbox.control<{ gid: string }>('/asana/tasks', { name: title, notes: marker });
        await errand.client.workflow.start<typeof seed>('seed', {
          workflowId: marker,
          taskQueue: QUEUE_OF_SEEDS,
          args: [startOf(id, gid, rules)],
        });
        done += 1;
        if (done % 1_000 === 0) this.say(`open: ${progress(done, wanted, Date.now() - began)}`);
        if (Date.now() - began > patience(wanted)) throw new Error(`only ${done} of ${wanted} issues were made`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    this.made = size;
    await until(
      'no issue waits for its bulk start',
      async () => {
        const { count } = await errand.client.workflow.count(`WorkflowType = 'seed' AND ExecutionStatus = 'Running'`);
        if (count > 0) await sleep(5_000);
        this.say(`open: ${count} issues wait for their bulk start`);
        return count === 0;
      },
      patience(size),
    );
    await stop();
  }

  private async acts(errand: Installation, size: number): Promise<number[]> {
    this.say(`open: ${ACTS} acts on ${size} issues`);
    const answers: number[] = [];
    for (let n = 0; n < ACTS; n += 1) {
      // Spread over all, so that most are in nobody's cache.
      const id = String(FIRST_ID + Math.floor((n * size) / ACTS));
      const began = performance.now();
      const answer = await errand.operator('POST', `/issues/${id}/mute`, { for: '1h' });
      if (answer.status !== 200) throw new Error(`mute ${id}: ${answer.status} ${await answer.text()}`);
      await answer.text();
      answers.push(performance.now() - began);
      await sleep(ACT_EVERY_MS);
    }
    return answers;
  }

  private async sweep(
    errand: Installation,
  ): Promise<{ seconds: number; pages: number; present: number; told: number }> {
    this.say('open: a full sweep');
    const began = performance.now();
    const { sweep } = (await (await errand.operator('POST', '/sweep', {})).json()) as { sweep: string };
    const report = await until(
      'the sweep to end',
      async () => {
        const answer = (await (await errand.operator('GET', `/sweep/${sweep}`)).json()) as SweepReport | object;
        return 'endedAt' in answer && answer;
      },
      PATIENCE_MS,
    );
    const { pages, present, created, closed, changed, missed } = report;
    // Anything else is another sweep than the one that is meant: of issues at rest, with Asana's part.
    if (missed !== 0) throw new Error(`${missed ?? 'Asana not asked, no'} tasks were not found`);
    return { seconds: (performance.now() - began) / 1_000, pages, present, told: created + closed + changed };
  }

  private async idle(errand: Installation): Promise<Idle> {
    const pid = errand.workerPid;
    await sleep(IDLE_MS / 4);
    const before = ticksOf(pid);
    const began = performance.now();
    await sleep(IDLE_MS);
    const seconds = (performance.now() - began) / 1_000;
    return { rssMiB: rssOf(pid) / MIB, cpu: ((ticksOf(pid) - before) / TICKS_PER_SECOND / seconds) * 100 };
  }

  private databaseBytes(): number {
    const { dataDir } = this.server;
    const files = readdirSync(dataDir).filter((name) => name.startsWith('temporal.db'));
    return files.reduce((sum, name) => sum + statSync(join(dataDir, name)).size, 0);
  }
}

/** The record of an issue with its task, at rest. */
function startOf(id: string, gid: string, rules: Rules): IssueStart {
  const at = new Date().toISOString();
  const { record } = settle(opened('anna'), at);
  const ref = { source: 'sentry', scope: 'acme', id };
  const task = { tracker: 'asana', id: gid, url: `https://app.asana.com/0/0/${gid}/f` } as const;
  const seen = record.seen && {
    ...record.seen,
    ref,
    shortId: `SHOP-${id}`,
    title: `Error: number ${id}`,
    project: 'shop',
  };
  const mine: IssueRecord = {
    ...record,
    ref,
    seen,
    task,
    pending: [],
    settings: rules.settings,
    verified: true,
    due: {},
    agreed: { ...record.agreed, taskAssignee: null, sourceAssignee: null },
    override: { assign: null, by: 'bench' },
    answered: record.heard,
    look: false,
    decide: false,
  };
  return { ref, settings: rules.settings, record: mine };
}

/** @returns what stops it */
async function startSeeds(address: string): Promise<() => Promise<void>> {
  const logger = new DefaultLogger('ERROR');
  const workflowBundle = await bundleWorkflowCode({ workflowsPath: require.resolve('./seed-workflow'), logger });
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({ connection, namespace: NAMESPACE, taskQueue: QUEUE_OF_SEEDS, workflowBundle });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
}

function percentile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
}

/** utime and stime of proc_pid_stat(5), after the command's name in parentheses. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function rssOf(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1_024;
}
