/**
 * A whole installation in this process: a real Temporal server, the pretend vendors over HTTP, the workers with the real
 * activities, and a client. Used by the tests of the issue workflow and by the recorder of histories.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  type Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { pino } from 'pino';
import { createActivities } from '../../src/activities';
import { parseDsn } from '../../src/config/dsn';
import type { Config } from '../../src/config/env';
import { loadRules, type Rules } from '../../src/rules/load';
import type { Piece } from '../../src/rules/piece';
import { formOf } from '../../src/rules/schema';
import { startSandbox, type Sandbox } from '../../src/sandbox';
import { selfSentryOf } from '../../src/telemetry/self-sentry';
import { ensureAttributes } from '../../src/temporal/client/attributes';
import { bundle } from '../../src/temporal/worker/bundle';
import { createTemporalClient } from '../../src/temporal/client/client';
import { startDevServer, type DevServer } from '../../src/temporal/server/dev-server';
import { freePort } from '../../src/temporal/server/ports';
import { createWorkers } from '../../src/temporal/worker/options';
import { createVendors, REGISTRY, type Vendors } from '../../src/vendors';
import { PIECES } from '../../src/vendors/pieces';
import type { Vendor } from '../../src/vendors/vendor';
import { shared } from './shared';
import { temporalExecutable } from './temporal-executable';
import { TestWorld } from './test-world';
import { emailOf, MADE_PEOPLE, RULES } from './world-rules';

export type WorldOptions = {
  /** History events after which the server suggests to continue as new; its default is 4,096. */
  suggestContinueAsNew?: number;
  /** Failed workflow tasks in a row after which the server reports a workflow as stuck; its default is 5. */
  stuckAfter?: number;
  /** The text of rules.yaml; {@link RULES} when absent. */
  rules?: string;
  /** Added to the registry, with their pieces of the rules' form. */
  more?: { vendors: Vendor[]; pieces: Piece[] };
  /** false: links are made with what the feed of Sentry knows, or the deliveries name. */
  installation?: false;
};

const HOST = '127.0.0.1';
const STUCK_AFTER = 'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute';
/** Stands in histories instead of the machine's name. */
export const IDENTITY = 'errand-test';
/** A server, a bundle and the workers: seconds, but on a loaded machine many. */
export const START_TIMEOUT_MS = 180_000;

let bundled: Promise<WorkflowBundleWithSourceMap> | undefined;
/** The bundle of the sources, made once for all suites. */
export function sourceBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundled ??= shared('bundle', () => bundle('ts'));
  return bundled;
}

let installed = false;
/** What worker and SDK say is of no use here: what matters is asserted. Once per process, before any connection. */
export function quietRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), shutdownSignals: [] });
}

/** Starts everything; what was started is stopped again when a part fails. */
export async function startWorld(options: WorldOptions = {}): Promise<TestWorld> {
  quietRuntime();
  const cleaning: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const clean of cleaning.splice(0).reverse()) await clean();
  };
  try {
    const rules = await rulesOf(options.rules ?? RULES, cleaning, options.more?.pieces);
    const sandbox = await startSandbox({ port: 0 });
    cleaning.push(() => sandbox.close());
    const server = await startServer(options, cleaning);
    const connection = await Connection.connect({ address: server.address });
    cleaning.push(() => connection.close());
    await ensureAttributes(connection, server.namespace);
    const temporal = createTemporalClient(connection, server.namespace);
    const config = configOf(sandbox, rules.dir, options.installation);
    const vendors = createVendors(config, () => rules, pino({ level: 'silent' }), undefined, undefined, [
      ...REGISTRY,
      ...(options.more?.vendors ?? []),
    ]);
    cleaning.push(() => Promise.resolve(vendors.close()));
    const running = await startWorkers(options, server, vendors, rules, sandbox, temporal);
    cleaning.push(running.stop);
    const world = new TestWorld({ sandbox, temporal, rules, server, stop });
    for (const person of MADE_PEOPLE) await hire(world, person);
    return world;
  } catch (e) {
    await stop();
    throw e;
  }
}

async function rulesOf(text: string, cleaning: (() => Promise<unknown>)[], pieces: Piece[] = []): Promise<Rules> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-world-'));
  cleaning.push(() => rm(dir, { recursive: true, force: true }));
  await writeFile(join(dir, 'rules.yaml'), text);
  const loaded = await loadRules(dir, formOf([...PIECES, ...pieces]));
  if ('mistakes' in loaded) throw new Error(`the test's rules: ${JSON.stringify(loaded.mistakes)}`);
  return loaded.rules;
}

async function startServer(options: WorldOptions, cleaning: (() => Promise<unknown>)[]): Promise<DevServer> {
  const { suggestContinueAsNew: limit, stuckAfter } = options;
  const server = await startDevServer({
    executable: await temporalExecutable(),
    port: await freePort(HOST),
    headless: true,
    dynamicConfig: {
      ...(limit === undefined ? {} : { 'limit.historyCount.suggestContinueAsNew': limit }),
      ...(stuckAfter === undefined ? {} : { [STUCK_AFTER]: stuckAfter }),
    },
    env: process.env,
    say: () => undefined,
  });
  cleaning.push(() => server.stop());
  return server;
}

async function startWorkers(
  options: WorldOptions,
  server: DevServer,
  vendors: Vendors,
  rules: Rules,
  sandbox: Sandbox,
  temporal: ReturnType<typeof createTemporalClient>,
): Promise<{ stop: () => Promise<void> }> {
  const connection = await NativeConnection.connect({ address: server.address });
  let workers: Worker[] = [];
  let runs: Promise<unknown> = Promise.resolve();
  const stop = async (): Promise<void> => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await runs;
    await connection.close();
  };
  try {
    workers = await createWorkers({
      connection,
      namespace: server.namespace,
      activities: createActivities({
        ...vendors,
        rules: () => rules,
        installation:
          options.installation === false
            ? async () => (await temporal.feed('acme'))?.installation
            : () => Promise.resolve(sandbox.installation),
        countGone: (org, request) => temporal.countGone(org, request),
        ledger: temporal.ledger,
        unhealthy: temporal.unhealthy,
        attention: (id) => temporal.attention(id),
        feed: (org) => temporal.feed(org),
        selfSentry: selfSentryOf(parseDsn(sandbox.selfSentryDsn), 'worker', '0'),
        sendHints: (ref, hints) => temporal.sendHints(ref, hints, rules.settings),
        takeTurn: (team, request) => temporal.takeTurn(team, request),
        admit: (scope, project, request) => temporal.admit(scope, project, request),
        releaseIssue: (id, command) => temporal.releaseIssue(id, command),
        operatorUrl: () => null,
        log: pino({ level: 'silent' }),
      }),
      bundle: await sourceBundle(),
      identity: IDENTITY,
    });
    runs = Promise.all(workers.map((worker) => worker.run()));
    return { stop };
  } catch (e) {
    await stop();
    throw e;
  }
}

/** Somebody new at all vendors that know people. */
async function hire(world: TestWorld, person: string): Promise<void> {
  const body = { name: `${person.slice(0, 1).toUpperCase()}${person.slice(1)} Example`, email: emailOf(person) };
  for (const vendor of ['asana/users', 'sentry/members', 'calamari/employees']) await world.control(vendor, body);
}

export function configOf(sandbox: Sandbox, rulesDir: string, installation?: false): Config {
  return {
    mode: 'live',
    sentry: {
      org: 'acme',
      clientSecrets: [sandbox.sentrySecret],
      authToken: sandbox.tokens.sentry,
      baseUrl: sandbox.sentryUrl,
      ...(installation === false ? {} : { installation: sandbox.installation }),
    },
    asana: { accessToken: sandbox.tokens.asana, baseUrl: sandbox.asanaUrl },
    calamari: { baseUrl: sandbox.calamariUrl, apiKey: sandbox.tokens.calamari },
    slack: { botToken: sandbox.tokens.slack, apiUrl: sandbox.slackUrl, channel: '#errors' },
    operatorHost: HOST,
    operatorTokens: [],
    dataDir: rulesDir,
    rulesDir,
    sandbox: true,
    env: {},
    warnings: [],
  };
}
