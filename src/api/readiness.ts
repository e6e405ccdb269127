/** What `/ready` says: able to accept or not; to operators also what is degraded, and why. */
import { atMostEvery } from '../process/clock';
import { DEGRADED, whereIs, type ApiConfig } from '../config/env';
import { CATALOGUE, entryOf } from '../errors';
import type { RulesInForce, RulesTrouble } from '../rules/in-force';
import { moment, say } from '../text/say';
import type { TemporalClient } from '../temporal/client/client';
import type { Ready } from './public';
import type { Dispatcher } from './dispatch/dispatch';
import type { Inbox } from './inbox/types';
import { refusedWords, type Signatures } from './webhooks/signatures';

/** Whoever asks in turns of a second costs Temporal and the disk half of it. */
const CACHE_MS = 2_000;
/** A question to a worker, which need not be there. */
const ALERTS_MS = 1_000;
/** Of the first mistake, where others have their say as well. */
const MISTAKE_MAX = 300;

export type ReadyParts = {
  config: Pick<ApiConfig, 'mode' | 'sandbox' | 'sentry' | 'env' | 'workerHas'>;
  temporal: Pick<TemporalClient, 'up' | 'feedRuns' | 'alerts'>;
  inbox: Pick<Inbox, 'trouble'>;
  dispatcher: Pick<Dispatcher, 'stats'>;
  signatures: Pick<Signatures, 'state'>;
  rules: Pick<RulesInForce, 'trouble' | 'current'>;
};

/** Nobody is to take pretend vendors for real ones. */
export function playedIn({ sandbox }: Pick<ApiConfig, 'sandbox'>): { sandbox?: true } {
  return sandbox ? { sandbox } : {};
}

/**
 * `accepts`: what anybody may know, without asking Temporal. `ready`: what operators are told.
 */
export function readiness(parts: ReadyParts): {
  accepts: () => Promise<Pick<Ready, 'ready'>>;
  ready: () => Promise<Ready>;
} {
  const { config, temporal, inbox, dispatcher, signatures, rules } = parts;
  const look = async (): Promise<Ready> => {
    const [trouble, up] = await Promise.all([inbox.trouble(), temporal.up()]);
    const degraded: string[] = [];
    if (trouble) degraded.push(`inbox: webhooks are answered 500. ${trouble.message} ${trouble.entry.todo}`);
    if (!up) degraded.push('temporal: cannot be reached; webhooks are kept until it can');
    else if (dispatcher.stats().failing) degraded.push('temporal: takes no signals; webhooks are kept until it does');
    const webhooks = signatures.state();
    const { timezone } = rules.current();
    if (webhooks.refused) degraded.push(`webhooks: ${refusedFinding(webhooks.refused, timezone)}`);
    const broken = rules.trouble();
    if (broken) degraded.push(`rules: ${brokenWords(broken, timezone)}. ${CATALOGUE.rules_broken.todo}`);
    if (up) degraded.push(...(await failingVendors(parts)));
    if (await unswept(parts, up)) degraded.push(`sentry: ${DEGRADED}`);
    return { ready: trouble === undefined, mode: config.mode, ...playedIn(config), degraded, webhooks };
  };
  const accepts = async (): Promise<Pick<Ready, 'ready'>> => ({ ready: (await inbox.trouble()) === undefined });
  return { accepts: atMostEvery(CACHE_MS, accepts), ready: atMostEvery(CACHE_MS, look) };
}

/** What workers told the alerts of vendors that answer nobody. Nothing without a worker, which is to be asked. */
async function failingVendors({ config, temporal, rules }: ReadyParts): Promise<string[]> {
  const record = await temporal.alerts(config.sentry.org, ALERTS_MS).catch(() => undefined);
  const failing = record?.alerts.filter(
    (a) => a.over === undefined && a.absent === 0 && a.code.endsWith('_unavailable') && a.times,
  );
  const { timezone } = rules.current();
  return (failing ?? []).map(({ vendor, since, times, said, code }) => {
    const todo = entryOf(code)?.todo ?? '';
    const words = said ? ` ${say(said, MISTAKE_MAX).replace(/\.?$/, '.')}` : '';
    return `${vendor.toLowerCase()}: answers no call since ${moment(since, timezone) ?? since}; ${times} failed.${words} ${todo}`;
  });
}

/** An `api` that nobody told whether there is a token sees that a worker with one has started the feed of its organisation. */
async function unswept({ config, temporal }: ReadyParts, up: boolean): Promise<boolean> {
  const where = whereIs('SENTRY_AUTH_TOKEN', config);
  if (where !== 'not given to this process') return where === 'not set';
  return up && !(await temporal.feedRuns(config.sentry.org).catch(() => true));
}

function refusedFinding(refused: NonNullable<Ready['webhooks']['refused']>, zone: string): string {
  const { times, since } = refused;
  return `${times} refused for their signature since ${moment(since, zone) ?? since}, none verified meanwhile (${refusedWords(refused)}). ${CATALOGUE.webhooks_refused.todo}`;
}

/** `2 mistakes since 2026-11-30 10:00 UTC, the earlier rules stay in force: rules.yaml:12:7 …` */
function brokenWords({ since, mistakes, instead }: RulesTrouble, zone: string): string {
  const many = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
  return `${many} since ${moment(since, zone) ?? since}, ${instead}: ${say(mistakes[0], MISTAKE_MAX)}`;
}
