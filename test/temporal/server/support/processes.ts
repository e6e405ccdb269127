/** Child processes of tests: TypeScript programs that talk in lines, and waiting without fixed sleeps. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** Generous, because it only matters when something is broken. */
const PATIENCE_MS = 120_000;

const children = new Set<ChildProcessWithoutNullStreams>();
const dirs: string[] = [];

/** Runs test/temporal/support/<program>.ts; `next` gives its lines one by one. */
export function program(name: string, args: string[]) {
  const file = join(__dirname, `${name}.ts`);
  const child = spawn(process.execPath, ['--require', require.resolve('tsx/cjs'), file, ...args]);
  children.add(child);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines: AsyncIterator<string> = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    closed,
    next: async (): Promise<string> => {
      const line = await lines.next();
      if (line.done) throw new Error(`${name} ended without a line: ${errors}`);
      return line.value;
    },
    kill: async (): Promise<void> => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** Waits until `condition` holds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await sleep(25);
  }
}

export async function temporaryDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-test-'));
  dirs.push(dir);
  return dir;
}

/** For afterEach: ends every program and removes every temporary directory. */
export async function cleanUp(): Promise<void> {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  for (const dir of dirs.splice(0)) await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
