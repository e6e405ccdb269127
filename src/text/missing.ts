/** What a task lacks, in words for whoever is to put it right. */
import type { MissingDetail } from '../vendors/tracker';
import { say } from './say';

/** An issue keeps 300 characters of a failure: the code's own sentence takes 48 of them, the last words here up to 12. */
const TOLD_MAX = 240;

/** `section "Inbox": 403 Forbidden; custom field "Severity": no such option`; as many as fit, then how many more there are. */
export function missingWords(missing: MissingDetail[]): string {
  const parts = missing.map(({ name, why }) => say(`${name}: ${why}`, TOLD_MAX));
  const shown: string[] = [];
  for (const part of parts) {
    if ([...shown, part].join('; ').length > TOLD_MAX) break;
    shown.push(part);
  }
  const left = parts.length - shown.length;
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join('; ');
}
