/** Errand with everything around it in the test's hands: own rules with short pauses, pretend vendors as a process of their own. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Running } from '../../src/process/running';
import { sandboxEnv, type SandboxInfo } from '../../src/process/sandbox-env';
import { App, BIN, Run, temporaryDir, upEnv, type Env } from './app';

/** Three tries within a second, then attention, tried again after some seconds: an outage of a minute is many times that. */
export const SHORT =
  'verifyAfter: 1s, unknownOutcome: [1s, 2s], retry: { attempts: 3, first: 100ms, max: 1s }, ' +
  'availability: { wait: 1s, again: 2s, ahead: 1h }, attentionAgain: 1s, quiet: { first: 100ms, max: 1s }';

/** What a killed worker had in its cache answers after this: with few tries, ten seconds would end in attention. */
export const SOON = { WORKER_STICKY_TIMEOUT: '1' };

/** The shipped rules with these settings, for a RULES_DIR. */
export function rulesWith(settings = SHORT): string {
  const dir = join(temporaryDir(), 'rules');
  cpSync(join(__dirname, '..', '..', 'rules'), dir, { recursive: true });
  const file = join(dir, 'rules.yaml');
  const text = readFileSync(file, 'utf8').split(/^tests:$/m)[0] ?? '';
  writeFileSync(file, text.replace(/^version: 1$/m, `version: 1\nsettings: { ${settings} }`));
  return dir;
}

/** A DATA_DIR that only the processes behind `within` have; `seen` is its path for others, given the process of `up`. */
export type Elsewhere = { dataDir: string; within: string[]; seen: (pid: number) => string };

/** Starts `errand up` against a sandbox that it does not know to be one. @param change of its environment */
export async function startApart(
  change: (env: Env) => Env,
  node: string[] = [],
  elsewhere?: Elsewhere,
): Promise<Apart> {
  const sandbox = new Run(['--json', 'sandbox', '--port', '0'], { DATA_DIR: temporaryDir() });
  await sandbox.says(/^}$/m);
  const info = JSON.parse(sandbox.output) as SandboxInfo;
  const { ERRAND_SANDBOX: _, ...vendors } = sandboxEnv(info);
  const given = elsewhere?.dataDir ?? temporaryDir();
  const env = change(await upEnv(given, { ...vendors, RULES_DIR: rulesWith(), HOST: '127.0.0.1', ...SOON }));
  const run = new Run(['up'], env, node, BIN, elsewhere?.within);
  await run.says(/ Ready\./);
  const dataDir = elsewhere?.seen(run.pid) ?? given;
  return Object.assign(await appOf(run, dataDir, info), { env, run });
}

async function appOf(run: Run, dataDir: string, sandbox: SandboxInfo): Promise<App> {
  const running = JSON.parse(readFileSync(join(dataDir, 'up.json'), 'utf8')) as Running;
  const app = new App(run, dataDir, { ...running, sandbox });
  await app.sandbox.control('/sentry/webhook', { url: `${running.url}/webhooks/sentry` });
  return app;
}

type Apart = App & { env: Env; run: Run };
/** Stops it in order and starts it again on its data, against the same sandbox. @param more of its environment */
export async function startAgain(app: Apart, more: Env): Promise<Apart> {
  await app.run.end('SIGTERM');
  const env = { ...app.env, ...more };
  const run = new Run(['up'], env);
  await run.says(/ Ready\./);
  return Object.assign(await appOf(run, app.dataDir, app.running.sandbox as SandboxInfo), { env, run });
}
