/** The API process: webhooks into the inbox, the inbox into Temporal, and the operators' listener. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { createPublicApp } from './api/public';
import { operatorTokens } from './api/operator/auth';
import { createDispatcher } from './api/dispatch/dispatch';
import { openInbox } from './api/inbox/inbox';
import { createInstallationTeller } from './api/webhooks/installation';
import { inboxState, signalCounts, watchTemporal } from './api/metrics';
import { createOperatorApp } from './api/operator/listener';
import { playedIn, readiness } from './api/readiness';
import { createSignatures, refusedWords } from './api/webhooks/signatures';
import { sentrySource } from './vendors/sentry/webhook';
import { sentryLegacySource } from './vendors/sentry/webhook-legacy';
import { abilitiesOf, loadApiConfig, whereIs } from './config/env';
import { keepOwn } from './config/given';
import { shownConfig } from './config/shown';
import { makeDirectory, openWords } from './config/directory';
import { checkOwner, claimDirectory } from './config/owner';
import { CATALOGUE, EnvironmentError } from './errors';
import { lockDirectory } from './process/lock';
import { onStop, tellCrashes } from './process/main';
import { brokenTrouble, rulesInForce } from './rules/in-force';
import { personAt } from './rules/people';
import { firstRules } from './rules/start';
import { looksAtTag } from './rules/tags';
import { createLog, type Log } from './telemetry/log';
import { createMetrics } from './telemetry/metrics';
import { selfSentryOf } from './telemetry/self-sentry';
import { ensureAttributes } from './temporal/client/attributes';
import { classifySend, createTemporalClient, type TemporalClient } from './temporal/client/client';
import { addressOf, connectLazily, targetOf } from './temporal/client/connect';
import { freePort } from './temporal/server/ports';
import { adviceUnderUp, TOLD } from './process/terminal';
import { createTroubleTeller, processName } from './process/trouble-teller';
import { VERSION } from './process/version';

const PORT = 8080;
const OPERATOR_PORT = 8081;
/** A predecessor that was killed -9 holds the lock until its children noticed. */
const LOCK_WAIT_MS = 10_000;

export type Listening = { url: string; operatorUrl: string };

/** Resolves when the API was stopped in order. */
export async function runServer(started: (at: Listening) => void = () => {}): Promise<void> {
  const config = loadApiConfig(keepOwn('api'));
  const selfSentry = selfSentryOf(config.selfSentry, 'api', VERSION);
  const log = createLog('api', selfSentry);
  tellCrashes(log, selfSentry);
  const owner = { sandbox: config.sandbox, org: config.sentry.org };
  checkOwner(config.dataDir, owner);
  const home = { dir: config.rulesDir, dataDir: config.dataDir, real: !config.sandbox };
  // Sentry sends a webhook once: it is kept whatever the rules are.
  const first = await firstRules(home, true);
  makeDirectory(config.dataDir, 'DATA_DIR');
  const lock = await lockDirectory(config.dataDir, 'api', {
    waitMs: LOCK_WAIT_MS,
    onWait: (holder) => log.warn(`DATA_DIR is in use by another Errand${holder}; waiting, in case it is stopping`),
  });
  claimDirectory(config.dataDir, owner);
  const target = targetOf(config.env);
  const temporal = createTemporalClient(connectLazily(target), target.namespace);
  const troubles = createTroubleTeller(processName('api', config.dataDir), (told) =>
    temporal.tellTroubles(config.sentry.org, told),
  );
  const rules = rulesInForce(first, {
    ...home,
    log,
    // Under `up` the worker says it.
    level: process.channel ? 'info' : 'error',
    changed: (trouble) => troubles.set('rules_broken', brokenTrouble(trouble)),
  });
  troubles.set('rules_broken', brokenTrouble(rules.trouble()));
  // Under `up` they have been said already.
  if (!process.channel) {
    const open = openWords(config.dataDir, 'DATA_DIR');
    for (const w of [...config.warnings, ...(open ? [open] : [])]) log.warn(w);
  }
  const inbox = openInbox(join(config.dataDir, 'inbox'));
  const dispatcher = createDispatcher({
    inbox,
    send: (_id, ref, hints) => temporal.sendHints(ref, hints, rules.current().settings),
    assigned: { standing: (id) => temporal.standing(id), wait: () => rules.current().settings.assignedWait },
    classify: classifySend,
    settings: () => rules.current().settings.quiet,
    log,
  });
  const person = (who: string) => personAt(rules.current(), 'sentry', who);
  const signatures = createSignatures(inbox, (refused) => {
    if (refused)
      log.warn(
        { why: refusedWords(refused), times: refused.times, todo: CATALOGUE.webhooks_refused.todo },
        'webhooks are refused for their signature, and none is verified',
      );
    else log.info('a webhook was verified: the alert about refused ones ends');
    troubles.set(
      'webhooks_refused',
      refused ? { since: refused.since, times: refused.times, said: refusedWords(refused) } : undefined,
    );
  });
  const { accepts, ready } = readiness({ config, temporal, inbox, dispatcher, signatures, rules });
  const kept = (): void => dispatcher.poke();
  const installations = createInstallationTeller((uuid) => temporal.tellInstallation(config.sentry.org, uuid), log);
  const metrics = createMetrics({
    version: VERSION,
    inbox: () => inboxState(inbox),
    signals: () => signalCounts(dispatcher.stats()),
    temporal: watchTemporal(temporal),
    mistakes: () => rules.trouble()?.mistakes.length ?? 0,
  });
  const { org, clientSecrets: secrets, legacyToken } = config.sentry;
  const looksAt = (tag: string): boolean => looksAtTag(rules.current(), tag);
  const legacy = sentryLegacySource({ org, person, looksAt });
  const app = createPublicApp({
    inbox,
    sentry: sentrySource({ secrets, org, person, looksAt }),
    legacy,
    legacyToken,
    kept,
    // On its own it has its log of deliveries, and no terminal that somebody looks at.
    ...(process.channel ? { told: (words, fields) => log.info({ ...fields, ...TOLD }, words) } : {}),
    installation: installations.heard,
    signatures,
    ready: accepts,
    metrics,
    log,
  });
  const operator = createOperatorApp({
    temporal,
    inbox,
    tokens: operatorTokens(config.operatorTokens, config.dataDir),
    org,
    rules: rules.current,
    // Nobody is told that a token is missing which `api` is not given as a rule.
    can: { ...abilitiesOf(config), source: whereIs('SENTRY_AUTH_TOKEN', config) !== 'not set' },
    about: { name: 'errand', version: VERSION, mode: config.mode, ...playedIn(config) },
    config: () => shownConfig(config, rules.current(), { address: addressOf(target), namespace: target.namespace }),
    ready,
    kept,
    ...(process.channel ? { advice: adviceUnderUp } : {}),
    metrics,
    log,
  });
  const url = await listen(app, config.host ?? (config.sandbox ? '127.0.0.1' : '0.0.0.0'), config.port, PORT, 'PORT');
  const operatorUrl = await listen(operator, config.operatorHost, config.operatorPort, OPERATOR_PORT, 'OPERATOR_PORT');
  log.info({ url, operatorUrl, mode: config.mode }, 'api is listening');
  started({ url, operatorUrl });
  const stopped = new AbortController();
  const waiting = { forTemporal: true };
  void dispatchWhenPossible(temporal, stopped.signal, log, () => dispatcher.start()).then(
    () => (waiting.forTemporal = false),
  );
  await new Promise<void>((done) => {
    onStop((why) => {
      log.info({ why }, 'stopping');
      done();
    });
  });
  stopped.abort();
  installations.stop();
  await troubles.end();
  await Promise.all([app.close(), operator.close()]);
  await dispatcher.stop();
  rules.stop();
  await inbox.close();
  // A call that still waits for a Temporal out of reach may take ten more seconds, and does not survive the closing of
  // its connection; it ends with the process.
  if (!waiting.forTemporal) await temporal.connection.close();
  await lock.release();
}

/** An unregistered search attribute would make starts fail: the dispatcher waits, the receiver does not. */
async function dispatchWhenPossible(
  temporal: TemporalClient,
  stopped: AbortSignal,
  log: Log,
  start: () => void,
): Promise<void> {
  for (let said = false; !stopped.aborted; said = true) {
    try {
      await ensureAttributes(temporal.connection, temporal.namespace);
      return stopped.aborted ? undefined : start();
    } catch (e) {
      if (!said)
        log.warn(
          { why: e instanceof Error ? e.message : String(e) },
          'Temporal is not ready; webhooks are kept meanwhile',
        );
      await sleep(1_000, undefined, { signal: stopped }).catch(() => undefined);
    }
  }
}

/** A port that was asked for is not exchanged for another: somebody's proxy points at it. */
async function listen(
  app: FastifyInstance,
  host: string,
  wanted: number | undefined,
  usual: number,
  name: string,
): Promise<string> {
  const port = wanted ?? usual;
  try {
    return localhost(await app.listen({ host, port }));
  } catch (e) {
    const code = e instanceof Error && 'code' in e ? e.code : undefined;
    if (code !== 'EADDRINUSE')
      throw new EnvironmentError([`${name} ${host}:${port} cannot be listened on: ${String(code ?? e)}.`]);
    throw new EnvironmentError([
      `${name} ${port} is taken by another process; end it, or set ${name} to a free one, for example ${await freePort(host, port + 10)}.`,
    ]);
  }
}

/** The address that a person on this machine can open. */
function localhost(address: string): string {
  return address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//127.0.0.1:');
}
