/**
 * Errand as in production: two receivers and two workers as processes of their own, against somebody else's Temporal, with the
 * sandbox in the place of the vendors and a balancer before the receivers. Each cluster has a namespace of its own.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { runningFile, type Running } from '../../src/process/running';
import { EXAMPLE_RULES_DIR, sandboxEnv, type SandboxInfo } from '../../src/process/sandbox-env';
import { ensureNamespace } from '../../src/temporal/server/namespace';
import { Kept } from './kept';
import { onCleanUp, until, type Ended, type Env, type Processes } from './run';
import { SandboxClient } from './sandbox-client';

const HOST = '127.0.0.1';
const WORKERS = 2;

export type Receiver = { kept: Kept; url: string; operatorUrl: string };

/** The processes of one cluster, and what `up` would tell of itself. */
export class Cluster implements Processes {
  private text = '';
  readonly receivers: Receiver[] = [];
  readonly workers: Kept[] = [];
  private sandbox: Kept | undefined;

  /** Of every receiver and worker. */
  env: Env = {};

  /**
   * Starts everything and waits until it is ready.
   * @param address of a Temporal server
   * @param dataDir of the first receiver and the sandbox; a cluster that was there before goes on in its namespace
   * @param env for every receiver and worker; PORT and OPERATOR_PORT are those of the first receiver
   */
  static async start(address: string, dataDir: string, env: Env): Promise<{ cluster: Cluster; running: Running }> {
    const cluster = new Cluster();
    const file = runningFile(dataDir);
    const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Running) : undefined;
    const namespace = before?.temporal.namespace ?? `errand-${randomUUID().slice(0, 8)}`;
    await makeNamespace(address, namespace);
    const sandbox = await cluster.startSandbox(dataDir);
    const temporal = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
    const all = { ...sandboxEnv(sandbox), ...temporal, RULES_DIR: EXAMPLE_RULES_DIR, ...tokens(dataDir, env) };
    const ports = { PORT: '0', OPERATOR_PORT: '0' };
    cluster.env = all;
    for (let i = 0; i < WORKERS; i += 1) cluster.workers.push(new Kept('worker', ['worker'], { ...all }, cluster.hear));
    const [one, two] = await Promise.all([
      cluster.startReceiver({ ...ports, ...all, DATA_DIR: dataDir }),
      cluster.startReceiver({ ...all, ...ports, DATA_DIR: join(dataDir, 'second') }),
      ...cluster.workers.map((w) => w.says(/worker is running/)),
    ]);
    cluster.receivers.push(one, two);
    const balancer = await balance([one.url, two.url]);
    await new SandboxClient(sandbox.url).control('/sentry/webhook', { url: `${balancer}/webhooks/sentry` });
    const running: Running = {
      url: one.url,
      operatorUrl: one.operatorUrl,
      temporal: { address, namespace, uiUrl: null },
      sandbox,
    };
    writeFileSync(file, JSON.stringify(running), { mode: 0o600 });
    return { cluster, running };
  }

  /** All that was printed, by everybody, as it came. */
  get output(): string {
    return this.text;
  }

  async says(what: RegExp, patienceMs?: number): Promise<RegExpExecArray> {
    return until(`${String(what)} in the output`, () => what.exec(this.text) ?? undefined, patienceMs).catch(
      (e: Error) => {
        throw new Error(`${e.message}\nIt printed:\n${this.text}`);
      },
    );
  }

  /** Receivers first, then workers, then the vendors. The answer is the first that is not in order. */
  async end(signal: NodeJS.Signals): Promise<Ended> {
    const ended: Ended[] = [];
    for (const kept of this.all) ended.push(await kept.stop(signal));
    return ended.find((e) => e.code !== 0) ?? { code: 0, signal: null };
  }

  processes(): { pid: number; command: string }[] {
    return this.all.flatMap((kept) => kept.processes());
  }

  /** Of two that are alike, the first. */
  childLike(command: RegExp): number {
    const [found] = this.processes().filter((p) => command.test(p.command));
    if (!found) throw new Error(`no process like ${String(command)}: ${JSON.stringify(this.processes())}`);
    return found.pid;
  }

  async nothingLeft(): Promise<void> {
    await until('no process is left', () => this.processes().length === 0);
  }

  private get all(): Kept[] {
    return [...this.receivers.map((r) => r.kept), ...this.workers, ...(this.sandbox ? [this.sandbox] : [])];
  }

  private readonly hear = (piece: string): void => {
    this.text += piece;
  };

  private async startSandbox(dataDir: string): Promise<SandboxInfo> {
    const args = (port: string): string[] => ['--json', 'sandbox', '--port', port];
    let printed = '';
    this.sandbox = new Kept('sandbox', args('0'), { DATA_DIR: dataDir }, (piece) => (printed += piece));
    await this.sandbox.says(/^}$/m);
    const info = JSON.parse(printed) as SandboxInfo;
    this.sandbox.from(args(new URL(info.url).port), {});
    return info;
  }

  private async startReceiver(env: Env): Promise<Receiver> {
    const kept = new Kept('api', ['api'], env, this.hear);
    const [, url = '', operatorUrl = ''] = await kept.says(/"url":"(\S+?)","operatorUrl":"(\S+?)"/);
    kept.from(['api'], { PORT: new URL(url).port, OPERATOR_PORT: new URL(operatorUrl).port });
    return { kept, url, operatorUrl };
  }
}

async function makeNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await ensureNamespace(connection, namespace);
  } finally {
    await connection.close();
  }
}

/** All receivers take the same operators. Where the test names none, one is made where the command line looks for it. */
function tokens(dataDir: string, env: Env): Env {
  const file = join(dataDir, 'operator-token');
  if (env['OPERATOR_TOKENS']) return env;
  if (!existsSync(file)) writeFileSync(file, randomUUID(), { mode: 0o600 });
  return { ...env, OPERATOR_TOKENS: `local:admin:${readFileSync(file, 'utf8').trim()}` };
}

/** Each connection goes to the next of `urls`. */
async function balance(urls: string[]): Promise<string> {
  const ports = urls.map((url) => Number(new URL(url).port));
  let turn = 0;
  const server = createServer((from) => {
    const to = connectTcp(ports[turn++ % ports.length] ?? 0, HOST);
    from.pipe(to).pipe(from);
    // Whoever hangs up ends it for the other.
    from.on('error', () => to.destroy()).on('close', () => to.destroy());
    to.on('error', () => from.destroy()).on('close', () => from.destroy());
  });
  await new Promise<void>((done) => server.listen(0, HOST, done));
  onCleanUp(() => new Promise((done) => server.close(() => done())));
  return `http://${HOST}:${(server.address() as AddressInfo).port}`;
}
