/** The clients of one installation, made from its configuration and its rules; and the check that both fit. */
import { abilitiesOf, DEGRADED, type Config } from '../config/env';
import { ErrandError, type ErrorCode } from '../errors';
import { createAsanaTracker, type AsanaTracker, type Finding } from './asana/tracker';
import { createTaskAt } from './asana/hosts';
import { createCalamari, type Calamari } from './calamari/client';
import type { Watch } from './http/outage';
import { createSentry, type Sentry } from './sentry/client';
import { createSlack, type Slack } from './slack/chat';
import type { Rules } from '../rules/load';
import { matchesGlob } from '../rules/pattern';
import { personBySentry } from '../rules/people';
import type { Log } from '../telemetry/log';
import type { Abilities } from '../core/issue/settings';
import type { PersonKey } from '../core/refs';

export type Vendors = { sentry?: Sentry; tracker: AsanaTracker; calamari?: Calamari; slack?: Slack; can: Abilities };

/**
 * @param rules the rules in force, asked for at every use
 * @param share the part of each vendor's limit that this process may use, over 0 and at most 1
 * @param watch who is told of the calls of a vendor, by the code of its outages
 */
export function createVendors(
  config: Config,
  rules: () => Rules,
  log: Log,
  share: () => number = () => 1,
  watch: (code: ErrorCode) => Watch | undefined = () => undefined,
): Vendors {
  const { sentry, asana, calamari, slack } = config;
  const warn = (what: string, fields?: Record<string, string | number>): void => log.warn(fields ?? {}, what);
  const person = (who: string): PersonKey | undefined => personBySentry(rules(), who);
  return {
    sentry: sentry.authToken
      ? createSentry({
          baseUrl: sentry.baseUrl,
          token: sentry.authToken,
          org: sentry.org,
          person,
          taskAt: createTaskAt(asana.baseUrl),
          warn,
          share,
          watch: watch('sentry_unavailable'),
        })
      : undefined,
    tracker: createAsanaTracker({
      baseUrl: asana.baseUrl,
      token: asana.accessToken,
      warn,
      share,
      watch: watch('asana_unavailable'),
      person: (key) => rules().people[key],
      personOf: (address) =>
        Object.entries(rules().people).find(([, p]) => p.asana.toLowerCase() === address.toLowerCase())?.[0],
    }),
    calamari: calamari ? createCalamari({ ...calamari, warn, share, watch: watch('calamari_unavailable') }) : undefined,
    slack: slack
      ? createSlack({
          token: slack.botToken,
          apiUrl: slack.apiUrl,
          channel: slack.channel,
          watch: watch('slack_unavailable'),
        })
      : undefined,
    can: abilitiesOf(config),
  };
}

/** Asks every vendor whether the tokens, projects, sections and people of this installation are right. Reads only. */
export async function checkVendors(vendors: Vendors, rules: Rules): Promise<Finding[]> {
  const destinations = rules.projects.map((p) => ({ ...p.asana, fields: Object.keys(p.fields ?? {}) }));
  const [tracker, sentry, calamari, slack] = await Promise.all([
    vendors.tracker.check(destinations, Object.keys(rules.people)),
    checkSentry(vendors.sentry, rules),
    vendors.calamari?.check() ?? [],
    checkSlack(vendors.slack),
  ]);
  return [...sentry, ...tracker, ...calamari, ...slack];
}

async function checkSentry(sentry: Sentry | undefined, rules: Rules): Promise<Finding[]> {
  if (!sentry)
    return [{ level: 'warning', what: DEGRADED, todo: 'Set SENTRY_AUTH_TOKEN: see docs/using/configuration.md.' }];
  const { findings, projects } = await sentry.check();
  // A new organisation has no projects yet, and a catch-all is meant to wait for some.
  const named = projects && projects.length > 0 ? rules.projects.filter((p) => p.glob !== '*') : [];
  const unused = named.filter((p) => !projects?.some((slug) => matchesGlob(p.glob, slug)));
  return [
    ...findings,
    ...unused.map((p): Finding => ({
      level: 'warning',
      what: `No project of Sentry matches "${p.glob}" in the rules.`,
      todo: 'Correct the slug under `projects`, or take it out.',
    })),
  ];
}

async function checkSlack(slack: Slack | undefined): Promise<Finding[]> {
  try {
    await slack?.check();
    return [];
  } catch (e) {
    const what = e instanceof Error ? e.message : String(e);
    const todo = 'Check SLACK_BOT_TOKEN; tasks are made all the same.';
    const away = e instanceof ErrandError && e.entry.retry;
    return [{ level: 'warning', what, todo, ...(away ? { unreachable: true } : {}) }];
  }
}
