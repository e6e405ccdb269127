/** Errand as it runs in chaos: a receiver and two workers as processes of their own, Temporal, the vendors, all in one directory. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sandboxEnv, type SandboxInfo } from '../../src/process/sandbox-env';
import { until, type Env } from '../support/run';
import { SandboxClient } from '../support/sandbox-client';
import { rulesOf } from './people';
import { Process } from './processes';
import { NAMESPACE, Temporal } from './temporal';
import type { Weather } from './weather';

/** Seconds. A workflow cached on a killed worker answers after this; the least that the product takes. */
const STICKY_TIMEOUT = '1';
/** Six processes start at once, and a slow machine takes its time. */
const START_MS = 5 * 60_000;
/** Chat has its own tests; pretend Slack takes one message a second, which would be the measure of the run. */
const SLACK = ['SLACK_BOT_TOKEN', 'SLACK_API_URL', 'SLACK_CHANNEL'];

export class Installation {
  url = '';
  operatorUrl = '';

  private constructor(
    readonly temporal: Temporal,
    private readonly sandboxProcess: Process,
    readonly sandbox: SandboxClient,
    readonly api: Process,
    /** The first is left alone. */
    readonly workers: readonly [Process, Process],
    private readonly token: string,
  ) {}

  /** @param bin of a build that is broken on purpose */
  static async start(dir: string, weather: Weather, bin?: string): Promise<Installation> {
    for (const name of ['logs', 'rules', 'api', 'vendors', 'temporal']) mkdirSync(join(dir, name), { recursive: true });
    const log = (name: string): string => join(dir, 'logs', `${name}.log`);
    writeFileSync(join(dir, 'rules', 'rules.yaml'), rulesOf(weather));
    const temporal = await Temporal.start(join(dir, 'temporal'), log('temporal'));
    const started: Process[] = [];
    const start = (name: string, args: string[], env: Env, ready: RegExp): Process => {
      const process = new Process({ name, args, env, ready, log: log(name), bin });
      started.push(process);
      return process;
    };
    try {
      const [sandboxProcess, info] = await startSandbox(start, dir);
      const token = tokenIn(dir);
      const env: Env = {
        ...Object.fromEntries(Object.entries(sandboxEnv(info)).filter(([name]) => !SLACK.includes(name))),
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_NAMESPACE: NAMESPACE,
        RULES_DIR: join(dir, 'rules'),
        OPERATOR_TOKENS: `chaos:admin:${token}`,
        WORKER_STICKY_TIMEOUT: STICKY_TIMEOUT,
      };
      const ports = { PORT: '0', OPERATOR_PORT: '0', DATA_DIR: join(dir, 'api') };
      const api = start('api', ['api'], { ...env, ...ports }, /"url":"(\S+?)","operatorUrl":"(\S+?)"/);
      const worker = (name: string): Process => start(name, ['worker'], { ...env }, /worker is running/);
      const workers = [worker('worker'), worker('victim')] as const;
      const client = new SandboxClient(info.url);
      const all = new Installation(temporal, sandboxProcess, client, api, workers, token);
      await Promise.all([all.findApi(), ...workers.map((w) => w.ready())]);
      await all.firstSweep();
      return all;
    } catch (e) {
      for (const one of started.reverse()) await one.stop();
      await temporal.stop();
      throw e;
    }
  }

  /** Pretend Calamari counts 720 calls an hour, and a worker that was killed asks anew; a new process counts anew. */
  async restartVendors(): Promise<void> {
    await this.sandboxProcess.restart();
  }

  /** The answer of the operators' listener; it may be away for a moment. */
  async ask<T>(path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.operatorUrl}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${this.token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** A figure of GET /metrics without labels. */
  async metric(name: string): Promise<number> {
    const answer = await fetch(`${this.operatorUrl}/metrics`, { headers: { authorization: `Bearer ${this.token}` } });
    const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(await answer.text()) ?? [];
    if (value === undefined) throw new Error(`there is no metric ${name}`);
    return Number(value);
  }

  /** In order: who is asked last ends first. */
  async stop(): Promise<void> {
    await Promise.all([this.api, ...this.workers].map((p) => p.stop()));
    await this.sandboxProcess.stop();
    await this.temporal.stop();
  }

  /** From it on the feed knows since when issues count, and how often it sweeps. */
  private async firstSweep(): Promise<void> {
    await until(
      'the feed has swept once',
      async () => (await this.ask<{ last?: object }>('/sweep')).last !== undefined,
      START_MS,
    );
  }

  private async findApi(): Promise<void> {
    const [, url = '', operatorUrl = ''] = await this.api.ready();
    Object.assign(this, { url, operatorUrl });
    this.api.from(['api'], { PORT: new URL(url).port, OPERATOR_PORT: new URL(operatorUrl).port });
    await until('the receiver is ready', async () => (await fetch(`${url}/ready`)).ok, START_MS);
  }
}

type Starter = (name: string, args: string[], env: Env, ready: RegExp) => Process;

async function startSandbox(start: Starter, dir: string): Promise<[Process, SandboxInfo]> {
  const args = ['--json', 'sandbox', '--port', '0'];
  const sandbox = start('sandbox', args, { DATA_DIR: join(dir, 'vendors') }, /^(\{[\s\S]*^\})$/m);
  const [, printed = ''] = await sandbox.ready();
  const info = JSON.parse(printed) as SandboxInfo;
  sandbox.from([...args.slice(0, -1), new URL(info.url).port], {});
  return [sandbox, info];
}

function tokenIn(dir: string): string {
  const file = join(dir, 'operator-token');
  if (!existsSync(file)) writeFileSync(file, randomUUID(), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}
