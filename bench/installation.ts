/**
 * Errand as `up` runs it, from dist: the pretend vendors, the API and a worker as processes of their own, on the server of the
 * benchmark. Everything is on loopback and ends with `cleanUpApps`.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { sandboxEnv, type SandboxInfo } from '../src/process/sandbox-env';
import { workflowIdOf } from '../src/contract';
import { ASSIGNED } from '../src/core/issue/echo';
import { Run, temporaryDir, until, type Env } from '../test/support/run';
import { SandboxClient } from '../test/support/sandbox-client';
import type { Server } from './server';

/** For a process that is to heed no vendor's limit. */
export const NO_LIMITS = ['--require', join(__dirname, 'no-limits.cjs')];
/** Only a benchmark that fails waits so long. */
export const PATIENCE_MS = 10 * 60_000;
const LOOK_EVERY_MS = 250;
/** Longer than the first quiet time of a noisy issue (5 s), after which the last of its repeats are sent. */
const REST_MS = 6_000;
/** A page of the newest deliveries, which are the last to be sent. */
const DELIVERIES = 500;

/** A request that the pretend vendors had. */
export type Logged = { at: string; vendor: string; method: string; path: string; status: number };
export type InstallationOptions = {
  server: Server;
  namespace: string;
  rulesDir: string;
  /** `lifted`: neither the vendors nor their clients limit anything. */
  limits: 'lifted' | 'in force';
};

export class Installation {
  readonly sandbox: SandboxClient;
  private worker: Run | undefined;

  private constructor(
    private readonly o: InstallationOptions,
    readonly client: Client,
    private readonly info: SandboxInfo,
    private readonly env: Env,
    private readonly runs: Run[],
    /** The public listener. */
    readonly url: string,
    private readonly operatorUrl: string,
    private readonly token: string,
  ) {
    this.sandbox = new SandboxClient(info.url);
  }

  /** Without a worker yet. */
  static async start(o: InstallationOptions): Promise<Installation> {
    const client = await o.server.namespace(o.namespace);
    const node = o.limits === 'lifted' ? NO_LIMITS : [];
    const vendors = new Run(['--json', 'sandbox', '--port', '0'], { DATA_DIR: temporaryDir() }, node);
    await vendors.says(/^}$/m);
    const info = JSON.parse(vendors.output) as SandboxInfo;
    const token = randomBytes(16).toString('hex');
    const env: Env = {
      ...sandboxEnv(info),
      DATA_DIR: temporaryDir(),
      RULES_DIR: o.rulesDir,
      PORT: '0',
      OPERATOR_PORT: '0',
      OPERATOR_TOKENS: `bench:admin:${token}`,
      TEMPORAL_ADDRESS: o.server.address,
      TEMPORAL_NAMESPACE: o.namespace,
    };
    const api = new Run(['api'], env);
    const listening = await api.says(/"url":"(\S+?)","operatorUrl":"(\S+?)"/);
    const [, url = '', operatorUrl = ''] = listening;
    const made = new Installation(o, client, info, env, [vendors, api], url, operatorUrl, token);
    await made.newWorld();
    return made;
  }

  get secret(): string {
    return this.info.sentrySecret;
  }

  /** @param through the origin of a recorder in front of the pretend vendors */
  async startWorker(through?: string): Promise<void> {
    const { url } = this.sandbox;
    const env = Object.fromEntries(
      Object.entries(this.env).map(([name, value]) => [name, through ? value?.replace(url, through) : value]),
    );
    this.worker = new Run(['worker'], env, this.o.limits === 'lifted' ? NO_LIMITS : []);
    await this.worker.says(/worker is running/);
  }

  get workerPid(): number {
    if (!this.worker) throw new Error('there is no worker');
    return this.worker.pid;
  }

  /** A request to the operators' listener. */
  operator(method: 'GET' | 'POST', path: string, body?: object): Promise<Response> {
    return fetch(`${this.operatorUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async stopWorker(): Promise<void> {
    await this.worker?.end('SIGTERM');
    this.worker = undefined;
  }

  async stop(): Promise<void> {
    await this.stopWorker();
    for (const run of this.runs.toReversed()) await run.end('SIGTERM');
  }

  /** Empties the pretend vendors and their log; webhooks go to `to`, by default to the API. */
  async newWorld(to = `${this.url}/webhooks/sentry`): Promise<void> {
    await this.sandbox.control('/reset');
    await this.sandbox.control('/sentry/webhook', { url: to });
    await this.sandbox.control('/sentry/limits', { on: this.o.limits === 'in force' });
  }

  requests(): Promise<Logged[]> {
    return this.sandbox.control<Logged[]>('/log', {}, 'GET');
  }

  async clearRequests(): Promise<void> {
    await this.sandbox.control('/log', {}, 'DELETE');
  }

  /** Is nothing of these issues under way in Temporal? */
  async idle(ids: string[]): Promise<boolean> {
    for (const id of ids) {
      const { raw } = await this.handle(id).describe();
      if ((raw.pendingActivities ?? []).length > 0 || raw.pendingWorkflowTask) return false;
    }
    return true;
  }

  handle(id: string) {
    return this.client.workflow.getHandle(workflowIdOf({ source: 'sentry', scope: this.info.org, id }));
  }

  /**
   * Waits until the issue has its task (where `wanted` holds of the requests so far), all deliveries are sent, and its history
   * has not grown for six seconds. Asks nothing that Temporal bills.
   */
  async atRest(id: string, wanted: (requests: Logged[]) => boolean): Promise<void> {
    let before = '';
    let since = Date.now();
    await until(
      `issue ${id} to come to rest`,
      async () => {
        if (!wanted(await this.requests()) || !(await this.dispatched())) return false;
        const { raw } = await this.handle(id).describe();
        const { execution, historyLength } = raw.workflowExecutionInfo ?? {};
        const now = `${execution?.runId} ${String(historyLength)}`;
        if (now !== before || !(await this.idle([id]))) since = Date.now();
        before = now;
        await sleep(LOOK_EVERY_MS);
        return Date.now() - since >= REST_MS;
      },
      PATIENCE_MS,
    );
  }

  private async dispatched(): Promise<boolean> {
    const answer = await fetch(`${this.operatorUrl}/deliveries?limit=${DELIVERIES}`, {
      headers: { authorization: `Bearer ${this.token}` },
    });
    if (!answer.ok) throw new Error(`GET /deliveries: ${answer.status}`);
    const { deliveries } = (await answer.json()) as { deliveries: { outcome: string; what: string }[] };
    // That of our own assignment waits for a minute, and becomes no signal.
    return deliveries.every((d) => d.outcome !== 'kept' || d.what === ASSIGNED);
  }
}

/** A link made by us. */
export function isLink({ vendor, method, path, status }: Logged): boolean {
  return vendor === 'sentry' && method === 'POST' && path.endsWith('/external-issues/') && status < 300;
}

/**
 * When each of these issues was assigned in Sentry (epoch milliseconds): the end of the step that links it, the last one from
 * the webhook to the linked task. Links alone name no issue, and one is made again when the assignment after it was refused.
 */
export function linkedAt(requests: Logged[], ids: string[]): number[] {
  const first = new Map<string, number>();
  for (const { vendor, method, path, status, at } of requests) {
    const id =
      vendor === 'sentry' && method === 'PUT' && status < 300 ? /\/issues\/(\d+)\/$/.exec(path)?.[1] : undefined;
    if (id !== undefined && !first.has(id)) first.set(id, Date.parse(at));
  }
  return requests.filter(isLink).length < ids.length ? [] : ids.flatMap((id) => first.get(id) ?? []);
}
