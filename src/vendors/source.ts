/** What a source of issues offers: its webhooks, and the reads and writes of one issue. */
import type { Hint } from '../core/issue/hint';
import type { IssueSnapshot } from '../core/issue/snapshot';
import type { IssueRef, TaskRef } from '../core/refs';

type CallOptions = { signal?: AbortSignal };
/** `project`: that the issue was last seen in. `spare`: leave out, and name in `lacks`, what is not given besides the issue itself. */
export type ReadOptions = CallOptions & {
  project?: string;
  spare?: boolean;
  /** Told when such a part has failed and fails the read. */
  extraFailed?: () => void;
};

/** A source of issues. Its codes are `<name>_<meaning>`, see core/vendor.ts; every write may be repeated. */
export interface Source {
  /** @param environments seen before; they are kept in front @returns 'missing' when the source says that there is none */
  readIssue(ref: IssueRef, environments: string[], options?: ReadOptions): Promise<IssueSnapshot | 'missing'>;
  /** Its state alone, as quickly as can be. */
  lookAt(ref: IssueRef, options?: ReadOptions): Promise<IssueSnapshot | 'missing'>;
  /** @throws ErrandError `…_project_not_found`: then an issue of it that is missing is not taken for deleted */
  checkProject(project: string, options?: CallOptions): Promise<void>;
  /** Shows the task on the issue. `installation`: null where none is known. `project`: the task's, for people */
  linkIssue(
    link: { ref: IssueRef; task: TaskRef; project: string; installation: string | null },
    options?: CallOptions,
  ): Promise<void>;
  /** @param who as the rules name the person there */
  assign(ref: IssueRef, who: string, options?: CallOptions): Promise<void>;
  resolve(ref: IssueRef, options?: CallOptions): Promise<void>;
}

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
