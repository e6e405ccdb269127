/** What a vendor's line in the registry is, and what it gives when it is opened. */
import type { Config } from '../config/env';
import type { TaskRef } from '../core/refs';
import type { ErrorCode } from '../errors';
import type { Rules } from '../rules/load';
import type { Calamari } from './calamari/client';
import type { Finding } from './finding';
import type { Watch } from './http/outage';
import type { Sentry } from './sentry/client';
import type { Slack } from './slack/chat';
import type { Source } from './source';
import type { Tracker } from './tracker';

/** What a vendor is opened with. */
export type Parts = {
  config: Config;
  /** The rules in force, asked for at every use. */
  rules: () => Rules;
  warn: (what: string, fields?: Record<string, string | number>) => void;
  /** The part of the vendor's limit that this process may use, over 0 and at most 1. */
  share: () => number;
  /** Who is told of the vendor's calls, by the code of its outages. */
  watch: (code: ErrorCode) => Watch | undefined;
  /** The task of any tracker that a web address shows. */
  taskAt: (url: URL) => TaskRef | undefined;
};

/** Each role that the vendor has here; none where it is not configured. */
export type Opened = {
  source?: Source;
  /** The source, where it lists its issues: the feed sweeps it. */
  listed?: Sentry;
  /** The uuid that links are made with is configured. */
  installation?: boolean;
  tracker?: Tracker;
  /** The task that a web address of this tracker shows. */
  taskAt?: (url: URL) => TaskRef | undefined;
  availability?: Calamari;
  chat?: Slack;
  /** Are token, projects and people of this installation right? Reads only, and throws nothing. */
  check?: (rules: Rules) => Promise<Finding[]>;
  /** Closes idle connections. */
  close?: () => void;
};

/** One vendor. `name`: in ids, places, rules and codes; small letters only. */
export type Vendor = { name: string; open: (parts: Parts) => Opened };
