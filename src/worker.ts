/** The worker process: workflows and activities on four queues. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';
import { createActivities } from './activities';
import { issuePageOf, loadConfig } from './config/env';
import { keepOwn } from './config/given';
import { QUEUE } from './contract';
import { lastWords, onStop, tellCrashes } from './process/main';
import { brokenTrouble, rulesInForce } from './rules/in-force';
import { firstRules } from './rules/start';
import { createLog, type Log } from './telemetry/log';
import { selfSentryOf } from './telemetry/self-sentry';
import { ensureAttributes } from './temporal/client/attributes';
import { createTemporalClient } from './temporal/client/client';
import { addressOf, connect, connectWorker, targetOf, type Target } from './temporal/client/connect';
import { createOutages } from './vendors/http/outage';
import { installationOf } from './vendors/sentry/installation';
import { identityOf, watchPollers } from './temporal/client/pollers';
import { installRuntime } from './temporal/worker/runtime';
import { createTroubleTeller, processName, type TroubleTeller } from './process/trouble-teller';
import { createWorkers } from './temporal/worker/options';
import { createVendors, type Vendors } from './vendors';
import type { Rules } from './rules/load';
import { VERSION } from './process/version';

const CONNECT_AGAIN_MS = 2_000;

/** Resolves when the worker was stopped in order. */
export async function runWorker(started: () => void = () => {}): Promise<void> {
  const config = loadConfig(keepOwn('worker'));
  const selfSentry = selfSentryOf(config.selfSentry, 'worker', VERSION);
  const log = createLog('worker', selfSentry);
  tellCrashes(log, selfSentry);
  const home = { dir: config.rulesDir, dataDir: config.dataDir, real: !config.sandbox };
  const first = await firstRules(home);
  installRuntime(log, config.workerMetrics);
  // Temporal may be away for long; until it is there the log alone says what is wrong.
  const teller: { troubles?: TroubleTeller } = {};
  const rules = rulesInForce(first, {
    ...home,
    log,
    level: 'error',
    changed: (trouble) => teller.troubles?.set('rules_broken', brokenTrouble(trouble)),
  });
  // Under `up` they have been said already.
  if (!process.channel) for (const w of config.warnings) log.warn(w);
  const target = targetOf(config.env);
  const connection = await connectPatiently(target, log);
  const control = await connect(target);
  await ensureAttributes(control, target.namespace);
  const pollers = watchPollers(control, target.namespace, QUEUE.source, {
    warn: (what, fields) => log.warn(fields, what),
  });
  const temporal = createTemporalClient(control, target.namespace, {
    share: pollers.share,
    refused: (workflow, times) =>
      log.warn(
        { workflow, times },
        'Temporal takes no more updates of this workflow now; they wait and are asked again',
      ),
  });
  const troubles = createTroubleTeller(processName('worker', config.rulesDir), (told) =>
    temporal.tellTroubles(config.sentry.org, told),
  );
  troubles.set('rules_broken', brokenTrouble(rules.trouble()));
  teller.troubles = troubles;
  // Each worker by itself: one that starts, or is answered, does not know what another suffers from.
  const outages = createTroubleTeller(
    `worker ${identityOf(process.pid)}`,
    (told) => temporal.tellTroubles(config.sentry.org, told),
    { ends: true },
  );
  const watch = createOutages((code, outage) => {
    if (outage) log.warn({ vendor: code, ...outage }, 'a vendor has failed for two minutes');
    else log.info({ vendor: code }, 'the vendor answers again');
    outages.set(code, outage);
  });
  const vendors = createVendors(config, rules.current, log, pollers.share, watch);
  const activities = createActivities({
    ...vendors,
    rules: rules.current,
    installation: installationOf(config, temporal),
    countGone: (org, request) => temporal.countGone(org, request),
    ledger: temporal.ledger,
    unhealthy: temporal.unhealthy,
    attention: (id) => temporal.attention(id),
    feed: (org) => temporal.feed(org),
    selfSentry,
    sendHints: (ref, hints) => temporal.sendHints(ref, hints, rules.current().settings),
    takeTurn: (team, request) => temporal.takeTurn(team, request),
    admit: (scope, project, request) => temporal.admit(scope, project, request),
    releaseIssue: (id, command) => temporal.releaseIssue(id, command),
    operatorUrl: issuePageOf(config),
    log,
  });
  const workers = await createWorkers({
    connection,
    namespace: target.namespace,
    activities,
    stickyTimeout: config.workerStickyTimeout,
    identity: identityOf(process.pid),
  });
  onStop((why) => {
    log.info({ why }, 'stopping');
    for (const w of workers) w.shutdown();
  });
  const running = Promise.all(workers.map((w) => w.run()));
  if (vendors.listed) await temporal.startFeed(config.sentry.org);
  await temporal.startAlerts(config.sentry.org);
  log.info(
    { temporal: addressOf(target), namespace: target.namespace, rules: rules.current().hash },
    'worker is running',
  );
  started();
  // The sandbox fits the example by construction, and a newcomer's terminal tells one story.
  if (!config.sandbox) void sayFindings(vendors, rules.current(), log);
  try {
    await running;
  } catch (e) {
    await lastWords(e, log, selfSentry);
    throw e;
  }
  rules.stop();
  await Promise.all([troubles.end(), outages.end()]);
  await pollers.stop();
  vendors.close();
  await connection.close();
  await control.close();
}

/** Temporal may be started after us; a wrong address is said again and again, by name. */
async function connectPatiently(target: Target, log: Log): Promise<NativeConnection> {
  for (;;) {
    try {
      return await connectWorker(target);
    } catch (e) {
      log.warn(
        { temporal: addressOf(target), why: e instanceof Error ? e.message : String(e) },
        'Temporal cannot be reached; trying again',
      );
      await sleep(CONNECT_AGAIN_MS);
    }
  }
}

async function sayFindings(vendors: Vendors, rules: Rules, log: Log): Promise<void> {
  try {
    for (const f of await vendors.check(rules)) log[f.level === 'error' ? 'error' : 'warn']({ todo: f.todo }, f.what);
  } catch (e) {
    log.warn({ err: e }, 'the start-up check could not be finished');
  }
}
