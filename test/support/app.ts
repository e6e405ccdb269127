/** The whole application on free ports and a temporary DATA_DIR, and what a test asks of it. */
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IssueDetail } from '../../src/core/issue/view';
import type { IssueView } from '../../src/core/issue/row';
import { FIRST_PAYLOAD } from '../../src/cli/fixtures';
import { runningFile, type Running } from '../../src/process/running';
import { Cluster } from './cluster';
import { cleanEnv, errand, Run, temporaryDir, until, type Env, type Processes, type Said } from './run';
import { SandboxClient } from './sandbox-client';
import { temporalExecutable } from './temporal-executable';

export { BIN, cleanUpApps, errand, PATIENCE_MS, Run, temporaryDir, until, type Env, type Said } from './run';

const FIXTURES = join(__dirname, '..', 'fixtures', 'sentry');

export type Delivery = {
  id: string;
  what: string;
  understood: boolean;
  outcome: string;
  issue: string | null;
  keys?: string[];
};

/** As Sentry's integration signs: HMAC-SHA256 over the exact bytes, in hex. */
export function signature(body: string | Buffer, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

export function fixture(name: string): string {
  return readFileSync(join(FIXTURES, `${name}.json`), 'utf8');
}

export type Ready = { status: number; ready: boolean; degraded: string[]; [more: string]: unknown };

/** Command lines of what a test may stop. */
const LIKE = { worker: /errand\.js worker$/, temporal: /temporal\S* server start-dev/ };

/** The listeners of a running Errand, its command line, and its pretend vendors. */
export class App {
  readonly sandbox: SandboxClient;

  private turn = 0;

  /** @param receivers several take webhooks in turns; the first one's operators' listener is asked */
  constructor(
    readonly run: Processes,
    readonly dataDir: string,
    readonly running: Running,
    readonly receivers: readonly Pick<Running, 'url' | 'operatorUrl'>[] = [running],
  ) {
    if (!running.sandbox) throw new Error('there is no sandbox');
    this.sandbox = new SandboxClient(running.sandbox.url);
  }

  get secret(): string {
    return this.running.sandbox?.sentrySecret ?? '';
  }

  get token(): string {
    return readFileSync(join(this.dataDir, 'operator-token'), 'utf8').trim();
  }

  /** The command line on the same DATA_DIR. */
  errand(...args: string[]): Promise<Said> {
    return errand(args, { DATA_DIR: this.dataDir });
  }

  /** A signed webhook, to the next receiver or to the one that is named. */
  async webhook(
    body: string,
    resource: string,
    to = this.receivers[this.turn++ % this.receivers.length]?.url,
  ): Promise<{ status: number; delivery: string | undefined }> {
    const answer = await fetch(`${to}/webhooks/sentry`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'sentry-hook-resource': resource,
        'sentry-hook-timestamp': String(Math.floor(Date.now() / 1_000)),
        'sentry-hook-signature': signature(body, this.secret),
      },
      body,
    });
    const { delivery } = (await answer.json().catch(() => ({}))) as { delivery?: string };
    return { status: answer.status, delivery };
  }

  /** A GET on the operators' listener. */
  async get<T>(path: string, from = this.running.operatorUrl): Promise<T> {
    const answer = await fetch(`${from}${path}`, {
      headers: { authorization: `Bearer ${this.token}` },
    });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  issue(id: string): Promise<IssueDetail> {
    return this.get<IssueDetail>(`/issues/${encodeURIComponent(id)}`);
  }

  async issues(): Promise<IssueView[]> {
    return (await this.get<{ issues: IssueView[] }>('/issues?limit=200')).issues;
  }

  /** Each receiver lists its own. */
  async deliveries(): Promise<Delivery[]> {
    const lists = this.receivers.map((r) =>
      this.get<{ deliveries: Delivery[] }>('/deliveries?limit=500', r.operatorUrl),
    );
    return (await Promise.all(lists)).flatMap((list) => list.deliveries);
  }

  /** Waits until the issue is as `is` says, and shows its story when it never gets there. */
  async issueWhen(
    id: string,
    what: string,
    is: (issue: IssueDetail) => boolean,
    patienceMs?: number,
  ): Promise<IssueDetail> {
    let last: IssueDetail | undefined;
    const look = async (): Promise<IssueDetail | false> => {
      last = await this.issue(id);
      return is(last) && last;
    };
    return until(`issue ${id} ${what}`, look, patienceMs).catch((e: Error) => {
      throw new Error(`${e.message}\nThe issue: ${JSON.stringify(last, null, 1)}`);
    });
  }

  /** Waits until the task is made and nothing is owed. */
  settled(id: string, patienceMs?: number): Promise<IssueDetail> {
    const is = (i: IssueDetail): boolean => i.state === 'open' && i.task !== null && idle(i);
    return this.issueWhen(id, 'is open with its task', is, patienceMs);
  }

  /** Waits until the lists, which follow a moment later, show the issue as it is. */
  async listed(id: string): Promise<void> {
    const rowOf = ({ state, shortId, assignee, task, attention }: IssueView): string =>
      JSON.stringify([state, shortId, assignee, task, attention.map((a) => [a.step, a.code])]);
    await until(`issue ${id} is listed as it is`, async () => {
      const issue = await this.issue(id);
      return (await this.issues()).some((row) => row.id === issue.id && rowOf(row) === rowOf(issue));
    });
  }

  /** Waits until /ready is as `is` says: it looks at Temporal for a second at most, and remembers that for two. */
  async readyWhen(what: string, is: (ready: Ready) => boolean): Promise<Ready> {
    return until(what, async () => {
      const answer = await fetch(`${this.running.operatorUrl}/ready`);
      const ready = { ...((await answer.json()) as Ready), status: answer.status };
      return is(ready) && ready;
    });
  }

  /** The delivery is out of the inbox. */
  async dispatched(delivery: string): Promise<Delivery> {
    return until(`delivery ${delivery} is dispatched`, async () =>
      (await this.deliveries()).find((d) => d.id === delivery && d.outcome === 'dispatched'),
    );
  }

  /** kill -9 of every worker. Who keeps them starts others, which remember nothing: not who was there a minute ago. */
  async renewWorkers(): Promise<void> {
    // One that has just ended by itself is about to be started again.
    const old = await until('a worker', () => {
      const pids = this.pidsLike(LIKE.worker);
      return pids.length > 0 && pids;
    });
    for (const pid of old) process.kill(pid, 'SIGKILL');
    await until('as many new workers', () => {
      const now = this.pidsLike(LIKE.worker);
      return now.length === old.length && now.every((pid) => !old.includes(pid));
    });
  }

  /** Every one of its kind stands still meanwhile, as on a machine that hangs; what ends would be started again. */
  async without<T>(what: keyof typeof LIKE, meanwhile: () => Promise<T>): Promise<T> {
    const server = process.env['ERRAND_TEST_CLUSTER_PID'];
    const pids = what === 'temporal' && server ? [Number(server)] : this.pidsLike(LIKE[what]);
    if (pids.length === 0) throw new Error(`there is no ${what} to stop`);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      return await meanwhile();
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
  }

  private pidsLike(command: RegExp): number[] {
    return this.run
      .processes()
      .filter((p) => command.test(p.command))
      .map((p) => p.pid);
  }

  /** A signal typed by hand, with Temporal's own tool. */
  async signal(id: string, name: string, input?: string): Promise<void> {
    const { address, namespace } = this.running.temporal;
    const args = ['workflow', 'signal', '--workflow-id', `sentry:acme:${id}`, '--name', name];
    args.push('--address', address, '--namespace', namespace, ...(input === undefined ? [] : ['--input', input]));
    const child = spawn(await temporalExecutable(), args, { env: cleanEnv({}), stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (errors += piece));
    const code = await new Promise((done) => child.once('close', done));
    if (code !== 0) throw new Error(`temporal ${args.join(' ')}: ${errors}`);
  }
}

/** Nothing is owed: what comes next is a time or somebody. A new run shows what the one before it knew until it has read. */
export function idle(issue: IssueDetail): boolean {
  return issue.attention.length === 0 && !/^(Now:|The issue is being read)/.test(issue.next);
}

/** The variables of an `up` on free ports with the Temporal executable of this machine. */
export async function upEnv(dataDir: string, more: Env = {}): Promise<Env> {
  return { DATA_DIR: dataDir, PORT: '0', OPERATOR_PORT: '0', TEMPORAL_CLI_PATH: await temporalExecutable(), ...more };
}

/**
 * Starts `errand up` in sandbox mode and waits until it is ready. Where ERRAND_TEST_CLUSTER names a Temporal server, a cluster is
 * started in its place (see cluster.ts), and the first story that `up` tells happens there too: turns count on it.
 */
export async function startUp(o: { dataDir?: string; env?: Env } = {}): Promise<App> {
  const dataDir = o.dataDir ?? temporaryDir();
  const address = process.env['ERRAND_TEST_CLUSTER'];
  if (address) return startCluster(address, dataDir, o.env ?? {});
  const run = new Run(['up'], await upEnv(dataDir, o.env));
  await run.says(/ Ready\./);
  return new App(run, dataDir, JSON.parse(readFileSync(join(dataDir, 'up.json'), 'utf8')) as Running);
}

/** The application on a cluster, without a story. */
export async function startOnCluster(
  address: string,
  dataDir = temporaryDir(),
  env: Env = {},
): Promise<App & { run: Cluster }> {
  const { cluster, running } = await Cluster.start(address, dataDir, env);
  return Object.assign(new App(cluster, dataDir, running, cluster.receivers), { run: cluster });
}

async function startCluster(address: string, dataDir: string, env: Env): Promise<App> {
  const isNew = !existsSync(runningFile(dataDir));
  const app = await startOnCluster(address, dataDir, env);
  if (!isNew) return app;
  const told = await errand(['--json', 'send', FIRST_PAYLOAD], { DATA_DIR: dataDir });
  const { issue } = JSON.parse(told.stdout) as { issue: string };
  await until(`the task of ${issue}`, async () => (await app.sandbox.tasksOf(issue)).length === 1);
  return app;
}
