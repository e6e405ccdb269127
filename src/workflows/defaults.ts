/** The settings of an issue that was started by hand, until the rules' own come with the first read. */
import type { Settings } from '../core/issue/settings';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const DEFAULT_SETTINGS: Settings = {
  verifyAfter: 5 * MINUTE,
  linger: 90 * DAY,
  attentionAgain: 10 * MINUTE,
  unknownOutcome: [30 * SECOND, 60 * SECOND],
  goneAfter: [10 * MINUTE, HOUR],
  availability: { wait: MINUTE, again: 5 * MINUTE, ahead: HOUR },
  retry: { attempts: 10, first: 2 * SECOND, max: 5 * MINUTE },
  quiet: { first: 5 * SECOND, max: 15 * MINUTE },
  commentAt: [10, 100, 1_000, 10_000],
  onArchive: 'complete',
  sync: { toTracker: true, toSentry: true },
  keepSentryAssignee: true,
};

/** The settings of a start argument; the defaults, as a whole, when they are not shaped like settings. */
export function settingsOf(input: unknown): Settings {
  return alike(input, DEFAULT_SETTINGS) ? (input as Settings) : DEFAULT_SETTINGS;
}

/** Has everything that `model` has, of the same type; lists hold only what the model's list holds. */
function alike(x: unknown, model: unknown): boolean {
  if (Array.isArray(model)) return Array.isArray(x) && x.every((one) => alike(one, model[0]));
  if (typeof model === 'number') return typeof x === 'number' && Number.isFinite(x) && x >= 0;
  if (typeof model !== 'object' || model === null) return typeof x === typeof model;
  if (typeof x !== 'object' || x === null) return false;
  const fields = x as Record<string, unknown>;
  return Object.entries(model).every(([name, value]) => alike(fields[name], value));
}
