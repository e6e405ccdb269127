/** Everything in one: Temporal, the sandbox where nothing is configured, api and worker; all of it ends with this process. */
import { writeFileSync } from 'node:fs';
import { makeDirectory, openWords } from './config/directory';
import { loadEnv, type Loaded } from './config/env';
import { givenTo } from './config/given';
import { checkOwner, claimDirectory, type Owner } from './config/owner';
import { lockDirectory } from './process/lock';
import { onStop } from './process/main';
import { ChildFailed, startChild, type Started } from './process/children';
import type { Listening } from './server';
import type { Progress } from './temporal/server/executable/types';
import { freePort } from './temporal/server/ports';
import { startTemporal } from './temporal/server/embedded';
import { firstRules } from './rules/start';
import { runningFile, type Running } from './process/running';
import { EXAMPLE_RULES_DIR, SANDBOX_ORG, sandboxEnv, type SandboxInfo } from './process/sandbox-env';

/** Long enough for an orderly stop that has just begun; a lock of a process that was killed is free at once. */
const LOCK_WAIT_MS = 5_000;

/** The sandbox's pages keep their address across restarts, unless somebody else has taken it. */
const SANDBOX_PORT = 8090;

export type Say = (line: string) => void;
type Terminal = { say: Say; tell?: Say; progress?: (p: Progress) => void; stopping: () => boolean };
/** `ownToken`: the operators' token is one that Errand made and keeps in DATA_DIR. */
export type Up = { running: Running; dataDir: string; ownToken: boolean; stop(): Promise<void> };

/**
 * @param say a line for the terminal
 * @param tell one that needs nobody: a webhook that came, a task that was made
 * @param progress how far the making of a Temporal server is, where one has to be made
 * @throws EnvironmentError, RulesError, ChildFailed
 */
export async function up(say: Say, tell?: Say, progress?: (p: Progress) => void): Promise<Up> {
  const loaded = loadEnv();
  const owner: Owner = { sandbox: !loaded.vendors, org: loaded.vendors?.sentry.org ?? SANDBOX_ORG };
  checkOwner(loaded.dataDir, owner);
  if (!loaded.vendors)
    say(
      'No Sentry and no Asana are configured: both are played by the sandbox, with Calamari and Slack. Nothing leaves this machine.',
    );
  if (loaded.env.MODE === 'observe')
    say('MODE=observe: everything is decided and recorded, and nothing is written to any vendor.');
  for (const w of loaded.warnings) say(`warning: ${w}`);
  const rulesDir = loaded.vendors || loaded.env.RULES_DIR ? loaded.rulesDir : EXAMPLE_RULES_DIR;
  const first = await firstRules({ dir: rulesDir, dataDir: loaded.dataDir, real: loaded.vendors !== null });
  if ('broken' in first) {
    say(`warning: the rules cannot be used, ${first.broken.instead}:`);
    for (const mistake of first.broken.mistakes) say(`  ${mistake}`);
  }
  makeDirectory(loaded.dataDir, 'DATA_DIR');
  const open = openWords(loaded.dataDir, 'DATA_DIR');
  if (open) say(`warning: ${open}`);
  const lock = await lockDirectory(loaded.dataDir, 'up', {
    waitMs: LOCK_WAIT_MS,
    onWait: (holder) =>
      say(
        `${loaded.dataDir} is in use by another Errand${holder}. Waiting ${LOCK_WAIT_MS / 1_000} s, in case it is stopping.`,
      ),
  });
  const stops: (() => Promise<unknown>)[] = [() => lock.release()];
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    for (const one of stops.splice(0).reverse()) await one().catch((e: unknown) => say(`while stopping: ${String(e)}`));
  };
  try {
    claimDirectory(loaded.dataDir, owner);
    return { ...(await start(loaded, rulesDir, { say, tell, progress, stopping: () => stopping }, stops)), stop };
  } catch (e) {
    await stop();
    throw e;
  }
}

async function start(
  loaded: Loaded,
  rulesDir: string,
  { say, tell, progress, stopping }: Terminal,
  stops: (() => Promise<unknown>)[],
): Promise<Omit<Up, 'stop'>> {
  const { dataDir } = loaded;
  const child = async <T>(name: string, args: string[], env: NodeJS.ProcessEnv): Promise<Started<T>> => {
    const started = await startChild<T>({ name, args, env, logDir: dataDir, say, tell, stopping });
    stops.push(() => started.stop());
    return started;
  };
  const base: NodeJS.ProcessEnv = { ...loaded.env, DATA_DIR: dataDir, RULES_DIR: rulesDir };
  // All are waited for even when one fails, so that what did start is stopped.
  const [temporal, sandbox] = await all(
    startTemporal(loaded, say, progress).then((t) => {
      stops.push(() => t.stop());
      return t;
    }),
    loaded.vendors
      ? null
      : startSandbox((port) =>
          child<SandboxInfo>('sandbox', ['sandbox', '--port', String(port)], givenTo('sandbox', base)),
        ),
  );
  const env = { ...base, TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
  const live = sandbox ? { ...env, ...sandboxEnv(sandbox) } : env;
  const forApi = givenTo('api', live);
  const [api, worker] = await all(
    child<Listening>('api', ['api'], forApi),
    child('worker', ['worker'], givenTo('worker', live)),
  );
  const { url, operatorUrl } = api.first;
  process.on('SIGHUP', () => {
    api.signal('SIGHUP');
    worker.signal('SIGHUP');
  });
  // An API that is started again after a crash must be found where it was, also where any free port was asked for.
  Object.assign(forApi, { PORT: new URL(url).port, OPERATOR_PORT: new URL(operatorUrl).port });
  if (sandbox) await sendWebhooksTo(sandbox, `${url}/webhooks/sentry`);
  const running: Running = {
    url,
    operatorUrl,
    temporal: { address: temporal.address, namespace: temporal.namespace, uiUrl: temporal.uiUrl },
    sandbox,
  };
  writeFileSync(runningFile(dataDir), `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
  return { running, dataDir, ownToken: !loaded.env.OPERATOR_TOKENS };
}

async function startSandbox(start: (port: number) => Promise<Started<SandboxInfo>>): Promise<SandboxInfo> {
  try {
    return (await start(await freePort('127.0.0.1', SANDBOX_PORT))).first;
  } catch (e) {
    // Taken between the look and the start: any other will do, and the child finds it while it listens.
    if (!(e instanceof ChildFailed) || !e.words.includes('EADDRINUSE')) throw e;
    return (await start(0)).first;
  }
}

/** Like Promise.all, but settles only when all have. */
async function all<A, B>(a: Promise<A>, b: Promise<B> | B): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled([a, b]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return [first.value, second.value];
}

/** Keeps the process until it is told to stop. */
export function untilStopped(): Promise<string> {
  return new Promise((done) => onStop(done));
}

/** Pretend Sentry learns where its webhooks go only now: the API's port is known once it listens. */
async function sendWebhooksTo(sandbox: SandboxInfo, url: string): Promise<void> {
  await fetch(`${sandbox.url}/_control/sentry/webhook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url }),
  });
}
