/** How an installation is set up in one interleaving; the first of each is the usual. */
import type { Settings } from '../../src/core/issue/settings';
import type { Choices } from './choices';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export type Config = {
  /** The choice that it came of. */
  which: number;
  settings: Settings;
  /** MODE, for good where it is `observe`. */
  observe: boolean;
  /** Sentry can be read. */
  token: boolean;
  /** Events in a history when a run begins. */
  already: number;
};

/** A run parks above 200 events. */
const NEARLY_PARKED = 180;

export function configured(usual: Settings, choices: Choices): Config {
  const settings: Settings = { ...usual, retry: { attempts: 3, first: 2_000, max: 5 * MINUTE } };
  const which = choices.draw(12);
  const config: Config = { which, settings, observe: false, token: true, already: 0 };
  switch (which) {
    case 4:
      return { ...config, settings: { ...settings, sync: { toTracker: false, toSentry: true } } };
    case 5:
      return { ...config, settings: { ...settings, sync: { toTracker: true, toSentry: false } } };
    case 6:
      return { ...config, settings: { ...settings, onArchive: 'comment' } };
    case 7:
      return { ...config, settings: { ...settings, linger: 2 * HOUR } };
    case 8:
      return { ...config, observe: true };
    case 9:
      return { ...config, token: false };
    case 10:
      return { ...config, settings: { ...settings, keepSentryAssignee: false } };
    case 11:
    case 3:
      return { ...config, already: NEARLY_PARKED };
    default:
      return config;
  }
}
