/** When Sentry first saw the issues whose row in its list does not say so. */
import type { Sentry } from '../integrations/sentry';
import type { Instant, IssueSnapshot } from '../types';
import { signal } from './failure';
import { shownById } from './sentry-pages';

/** Dates and failures kept, each of some 150 bytes: 3 MB for both. */
const REMEMBERED_MAX = 10_000;
/** An issue that showed no date when it was read alone gives way to others for so long: ClickHouse is behind by minutes at most. */
const IN_VAIN_MS = 60 * 60_000;

export class Dates {
  /** Issue id → its first event. It does not change, so an old issue costs one question, not one at every sweep. */
  private readonly told = new Map<string, Instant>();
  /** Issue id → when it was read alone and showed no date, in ms since 1970. */
  private readonly inVain = new Map<string, number>();

  constructor(private readonly sentry: Pick<Sentry, 'issuesById' | 'lookAt'>) {}

  /**
   * What was told before is not asked again; the others are asked for by their ids, and what then has no date is read alone.
   * @param alone whether one more may be read alone
   * @param asked called after each request
   * @returns issue id → the issue with its date; who is not among them has none that Sentry tells
   */
  async of(rows: IssueSnapshot[], alone: () => boolean, asked: () => void): Promise<Map<string, IssueSnapshot>> {
    const dated = new Map<string, IssueSnapshot>();
    const take = (issue: IssueSnapshot): void => {
      if (issue.firstSeen === null) return;
      dated.set(issue.ref.id, issue);
      remember(this.told, issue.ref.id, issue.firstSeen);
    };
    for (const row of rows) take({ ...row, firstSeen: this.told.get(row.ref.id) ?? null });
    const undated = (): IssueSnapshot[] => rows.filter(({ ref }) => !dated.has(ref.id));
    const refs = undated().map(({ ref }) => ref);
    for (const issue of (await shownById(this.sentry, refs, asked)).values()) take(issue);
    for (const { ref } of undated()) {
      if (Date.now() - (this.inVain.get(ref.id) ?? 0) < IN_VAIN_MS || !alone()) continue;
      const issue = await this.sentry.lookAt(ref, { signal: signal() });
      asked();
      if (issue === 'missing' || issue.firstSeen === null) remember(this.inVain, ref.id, Date.now());
      else take(issue);
    }
    return dated;
  }
}

/** The one that was used longest ago is forgotten. */
function remember<T>(memory: Map<string, T>, id: string, value: T): void {
  memory.delete(id);
  memory.set(id, value);
  const [oldest] = memory.keys();
  if (memory.size > REMEMBERED_MAX && oldest !== undefined) memory.delete(oldest);
}
