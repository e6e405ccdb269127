/** The registry, one line for each vendor; and the vendors of one installation, opened with its configuration and its rules. */
import type { Config } from '../config/env';
import type { ErrorCode } from '../errors';
import type { Abilities } from '../core/issue/settings';
import type { TaskRef } from '../core/refs';
import type { Rules } from '../rules/load';
import type { Log } from '../telemetry/log';
import { ASANA } from './asana/vendor';
import type { Calamari } from './calamari/client';
import { CALAMARI } from './calamari/vendor';
import type { Watch } from './http/outage';
import type { Sentry } from './sentry/client';
import { SENTRY } from './sentry/vendor';
import type { Slack } from './slack/chat';
import { SLACK } from './slack/vendor';
import type { Source } from './source';
import type { Tracker } from './tracker';
import type { Opened, Vendor } from './vendor';
import type { Finding } from './finding';

export const REGISTRY: readonly Vendor[] = [SENTRY, ASANA, CALAMARI, SLACK];

/** By their names in the registry, where there may be several of a role; absent are those that are not configured. */
export type Vendors = {
  sources: Record<string, Source>;
  trackers: Record<string, Tracker>;
  /** The source whose lists the feed sweeps. */
  listed?: Sentry;
  availability?: Calamari;
  chat?: Slack;
  /** @param source the name of the source: each can do what it can */
  can: (source: string) => Abilities;
  /** Asks every vendor whether the tokens, projects, sections and people of this installation are right. Reads only. */
  check: (rules: Rules) => Promise<Finding[]>;
  /** Closes idle connections. */
  close: () => void;
};

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
  registry: readonly Vendor[] = REGISTRY,
): Vendors {
  const opened: Record<string, Opened> = {};
  const all = (): Opened[] => Object.values(opened);
  const warn = (what: string, fields?: Record<string, string | number>): void => log.warn(fields ?? {}, what);
  const taskAt = (url: URL): TaskRef | undefined => all().flatMap((one) => one.taskAt?.(url) ?? [])[0];
  for (const { name, open } of registry) opened[name] = open({ config, rules, warn, share, watch, taskAt });
  const role = <K extends keyof Opened>(key: K): Record<string, NonNullable<Opened[K]>> =>
    Object.fromEntries(Object.entries(opened).flatMap(([name, { [key]: one }]) => (one ? [[name, one]] : [])));
  const [chat] = Object.values(role('chat'));
  return {
    sources: role('source'),
    trackers: role('tracker'),
    listed: Object.values(role('listed'))[0],
    availability: Object.values(role('availability'))[0],
    chat,
    can: (source) => ({
      write: config.mode === 'live',
      source: opened[source]?.source !== undefined,
      installation: opened[source]?.installation === true,
      chat: chat !== undefined,
    }),
    check: async (now) => (await Promise.all(all().map(async (one) => (await one.check?.(now)) ?? []))).flat(),
    close: () => all().forEach((one) => one.close?.()),
  };
}
