/** When Sentry first saw the issues whose row in its list does not say so. */
import { ErrandError } from '../errors';
import type { Sentry } from '../vendors/sentry/client';
import type { IssueSnapshot } from '../core/issue/snapshot';
import type { Instant } from '../core/refs';
import { Alone, shownById } from './sentry-pages';

/** Dates and failures kept, each of some 150 bytes: 3 MB for both. */
const REMEMBERED_MAX = 10_000;
/** An issue that showed no date when it was read alone gives way to others for so long: ClickHouse is behind by minutes at most. */
const IN_VAIN_MS = 60 * 60_000;
/** One that could not be read alone gives way for two sweeps of five minutes: three such would otherwise fail every sweep. */
const FAILED_MS = 10 * 60_000;

export class Dates {
  /** Issue id → its first event. It does not change, so an old issue costs one question, not one at every sweep. */
  private readonly told = new Map<string, Instant>();
  /** Issue id → until when it is not read alone again, because it showed no date or could not be read; in ms since 1970. */
  private readonly inVain = new Map<string, number>();
  private readonly alone: Alone;

  constructor(private readonly sentry: Pick<Sentry, 'issuesById' | 'lookAt'>) {
    this.alone = new Alone(sentry);
  }

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
      if (Date.now() < (this.inVain.get(ref.id) ?? 0) || !alone()) continue;
      // Before it is asked, so that the third in a row, which ends this sweep, does not end the next one, too.
      remember(this.inVain, ref.id, Date.now() + FAILED_MS);
      const issue = await this.alone.look(ref);
      asked();
      if (issue instanceof ErrandError) continue;
      if (issue === 'missing' || issue.firstSeen === null) remember(this.inVain, ref.id, Date.now() + IN_VAIN_MS);
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
