/** What the vendors that this installation uses are called, for whoever speaks of them without a task or an issue at hand. */
import { titleOf } from '../core/vendor';

/** One for each role; the names are those of the registry (index.ts). */
export const NAMED = { source: titleOf('sentry'), tracker: titleOf('asana'), chat: titleOf('slack') };
