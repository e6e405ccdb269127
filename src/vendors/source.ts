/** What a source of webhooks offers. */
import type { Hint } from '../core/issue/hint';
import type { IssueSnapshot } from '../core/issue/snapshot';

/** What a snapshot says that may be a replay. */
export type Says = Pick<IssueSnapshot, 'status' | 'assignee' | 'shortId'>;
export type ParsedHint = Omit<Hint, 'delivery' | 'at' | 'repeated'> & { says?: Says };

/** What a delivery turned out to be; `hints` is empty when it names no issue or is not understood. */
export type Parsed = {
  /** `issue.created`; `unknown` where the resource or the shape is not known. */
  what: string;
  understood: boolean;
  hints: ParsedHint[];
  /** uuid of the sending installation, if the body names it. */
  installation?: string;
};

/** A source of webhooks. Nothing is made of a body before `verify` has taken its bytes. */
export interface WebhookSource {
  /** Why the headers alone are enough to refuse it, in words; the body need not be read then. */
  unsigned(headers: Record<string, string | string[] | undefined>): string | undefined;
  verify(
    raw: Buffer,
    headers: Record<string, string | string[] | undefined>,
  ): { ok: true } | { ok: false; why: string };
  /**
   * Never throws: returns what it understood.
   * @param body parsed JSON; undefined: it is none
   * @param cameBefore the same bytes did: `says` stands in place of each snapshot, which costs most of an answer and nobody would read
   */
  parse(body: unknown, headers: Record<string, string | string[] | undefined>, cameBefore?: boolean): Parsed;
}
