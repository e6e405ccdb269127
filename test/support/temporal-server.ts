/** A Temporal server of a test's own, as an operator would run one: it is not known to Errand but by its address. */
import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { temporalExecutable } from './temporal-executable';
import { until } from './app';

export class TemporalServer {
  private child: ChildProcess | undefined;

  constructor(
    private readonly port: number,
    private readonly namespace: string,
    /** A file that keeps everything across {@link stop} and {@link start}; in memory without one. */
    private readonly file?: string,
  ) {}

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error('it was not started');
    return this.child.pid;
  }

  /** Resolves when it takes connections; the namespace may follow a moment later. */
  async start(): Promise<void> {
    const args = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(this.port)];
    if (this.file) args.push('--db-filename', this.file);
    const executable = await temporalExecutable();
    this.child = spawn(executable, [...args, '--namespace', this.namespace], { stdio: 'ignore' });
    const child = this.child;
    await until(`a Temporal server on port ${this.port}`, () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
      return this.listens();
    });
  }

  async stop(): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('close', done));
    child.kill('SIGKILL');
    await ended;
  }

  private listens(): Promise<boolean> {
    return new Promise((done) => {
      const socket = connect(this.port, '127.0.0.1');
      socket.once('connect', () => done(true)).once('error', () => done(false));
      socket.once('connect', () => socket.destroy());
    });
  }
}
