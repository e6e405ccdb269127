/**
 * The disk of DATA_DIR is full: of the embedded Temporal alone, then of everything, then there is room again. A limit on the
 * size of files needs no rights and stands in for a disk; a small disk of its own needs the right to mount one.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type App, cleanUpApps, temporaryDir } from '../support/app';
import { rulesWith, SHORT, startApart, type Elsewhere } from '../support/outage';
import { raiseSilently } from '../support/raise-silently';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

beforeAll(() => temporalExecutable(), MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

type Silent = { id: string; body: string };
const TEMPORAL = /temporal\S* server start-dev/;
/** What webhooks do not bring is not to be found by a sweep that nobody asked for. */
const RULES = `${SHORT}, sweepEvery: 1d`;

async function send(app: App, { body }: Silent): Promise<number> {
  return (await app.webhook(body, 'issue')).status;
}

async function oneTask(app: App, { id }: Silent): Promise<void> {
  const issue = await app.settled(id);
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: issue.task?.id, completed: false });
}

it('of Temporal: webhooks are kept, it is started again in growing pauses, and then each has one task', async () => {
  const app = await startApart((env) => ({ ...env, RULES_DIR: rulesWith(RULES) }));
  const before = await raiseSilently(app, 'Error: before');
  expect(await send(app, before)).toBe(202);
  await oneTask(app, before);
  // All but the receiver and the worker: `up` with its logs, the server, and what is started in its place.
  const room = (bytes: string): void => {
    for (const { pid, command } of app.run.processes())
      if (!/errand\.js (api|worker)$/.test(command))
        execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], { stdio: 'ignore' });
  };
  room('0');
  const during = await Promise.all([1, 2, 3].map((n) => raiseSilently(app, `Error: during ${n}`)));
  for (const issue of during) expect(await send(app, issue)).toBe(202);
  const ready = await app.readyWhen('/ready says that signals wait', ({ degraded }) => degraded.length > 0);
  expect(ready).toMatchObject({ status: 200, ready: true, degraded: [expect.stringMatching(/^temporal: /)] });
  process.kill(app.run.childLike(TEMPORAL), 'SIGKILL');
  await app.run.says(/Temporal ended by itself \(SIGKILL\)\..* It is started again in 1 s\./);
  await app.run.says(/Temporal did not start: .* It is started again in 2 s\.[^]*Temporal did not start: .* in 4 s\./);
  const late = await raiseSilently(app, 'Error: after its end');
  expect(await send(app, late)).toBe(202);

  room('unlimited');
  await app.run.says(/Temporal runs again\./);
  for (const issue of [before, ...during, late]) await oneTask(app, issue);
  await app.readyWhen('/ready says that all is well', ({ degraded }) => degraded.length === 0);
  await app.run.end('SIGTERM');
});

const DISK_MIB = 48;

/** A disk of its own for DATA_DIR, in a mount namespace that ends with its processes; or why there can be none. */
function smallDisk(): Elsewhere | string {
  const dataDir = temporaryDir();
  const mount = `mount -t tmpfs -o size=${DISK_MIB}m errand "$0" && exec "$@"`;
  const within = ['unshare', '--map-root-user', '--mount', 'sh', '-c', mount, dataDir];
  const { status, stderr, error } = spawnSync(within[0] ?? '', [...within.slice(1), 'true'], { encoding: 'utf8' });
  if (status !== 0) return error?.message ?? stderr.trim();
  return { dataDir, within, seen: (pid) => join(`/proc/${pid}/root`, dataDir) };
}

/** Writes until nothing more can be written. */
function fill(file: string): void {
  const fd = openSync(file, 'a');
  try {
    for (let size = 1024 * 1024; size > 0;)
      try {
        writeSync(fd, Buffer.alloc(size));
      } catch {
        size = Math.floor(size / 2);
      }
  } finally {
    closeSync(fd);
  }
}

const disk = smallDisk();
const why = typeof disk === 'string' ? ` (SKIPPED: this machine lets nobody mount a disk: ${disk})` : '';
// Among many suites jest names no test that was skipped.
if (why) process.stderr.write(`outages-disk: the test with a disk of its own is left out${why}\n`);

(typeof disk === 'string' ? it.skip : it)(
  `of everything: webhooks are answered 500, nothing ends, and with room all goes on by itself${why}`,
  async () => {
    const app = await startApart((env) => ({ ...env, RULES_DIR: rulesWith(RULES) }), [], disk as Elsewhere);
    const ballast = join(app.dataDir, 'ballast');
    const kept = await Promise.all([1, 2, 3].map((n) => raiseSilently(app, `Error: just before ${n}`)));
    for (const issue of kept) expect(await send(app, issue)).toBe(202);
    fill(ballast);
    const refused = await Promise.all([1, 2, 3].map((n) => raiseSilently(app, `Error: in vain ${n}`)));
    // The room is looked at every 50 ms while there is some (api/inbox/room.ts), so what comes at once may still be taken.
    const ready = await app.readyWhen('/ready says so', (r) => !r.ready);
    for (const issue of refused) expect(await send(app, issue)).toBe(500);
    expect(ready).toMatchObject({ status: 503, degraded: [expect.stringMatching(/^inbox: .*room/)] });
    expect((await fetch(`${app.running.url}/health`)).status).toBe(200);
    const [api, worker] = [/errand\.js api$/, /errand\.js worker$/].map((like) => app.run.childLike(like));
    process.kill(app.run.childLike(TEMPORAL), 'SIGKILL');
    await app.run.says(/Temporal ended by itself/);
    fill(ballast);
    expect(await send(app, refused[0] as Silent)).toBe(500);

    rmSync(ballast);
    await app.readyWhen('/ready says that all is well', (r) => r.ready && r.degraded.length === 0);
    const after = await raiseSilently(app, 'Error: with room again');
    expect(await send(app, after)).toBe(202);
    // What was refused is found by a sweep.
    expect(await app.errand('sweep')).toMatchObject({ code: 0 });
    for (const issue of [...kept, ...refused, after]) await oneTask(app, issue);
    expect([app.run.childLike(/errand\.js api$/), app.run.childLike(/errand\.js worker$/)]).toEqual([api, worker]);
  },
);
