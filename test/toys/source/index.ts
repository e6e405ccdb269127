/** A toy source of issues, in memory: a bell that rings when something breaks. Everything that it needs stands in this folder. */
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import type { IssueRef, TaskRef } from '../../../src/core/refs';
import { ErrandError } from '../../../src/errors';
import { personAt } from '../../../src/rules/people';
import type { Piece } from '../../../src/rules/piece';
import { name } from '../../../src/rules/values';
import type { Parsed, Source } from '../../../src/vendors/source';
import type { Vendor } from '../../../src/vendors/vendor';

const NAME = 'bell';
type Status = 'unresolved' | 'resolved';
type Ring = { title: string; status: Status; assignee: string | null; link?: TaskRef };

/** How people are called at the bell: `people.*.bell`. */
export const BELL_PIECE: Piece = { name: NAME, person: name.optional() };

export class Bell {
  readonly rings = new Map<string, Ring>();
  /** The token is refused. */
  refusing = false;

  /** The line of the registry. */
  readonly vendor: Vendor = {
    name: NAME,
    open: ({ rules }) => ({
      source: this.source((who) => personAt(rules(), NAME, who) ?? null),
      installation: true,
    }),
  };

  /** What a delivery says: the hook of the bell names the ring. */
  parse(body: unknown): Parsed {
    const { ring } = body as { ring: string };
    const what = 'ring.changed';
    return { what, understood: true, hints: [{ about: { issue: this.refOf(ring) }, urgent: true, what }] };
  }

  private refOf(id: string): IssueRef {
    return { source: NAME, scope: 'acme', id };
  }

  private ring({ id }: IssueRef): Ring | undefined {
    if (this.refusing) throw new ErrandError(`${NAME}_unauthorized`, 'The bell does not know this token.');
    return this.rings.get(id);
  }

  private change(ref: IssueRef, by: Partial<Ring>): Promise<void> {
    const ring = this.ring(ref);
    if (!ring) throw new ErrandError(`${NAME}_issue_not_found`, `No ring ${ref.id}.`);
    Object.assign(ring, by);
    return Promise.resolve();
  }

  private source(person: (who: string) => string | null): Source {
    const read = async (ref: IssueRef): Promise<IssueSnapshot | 'missing'> => {
      const ring = await Promise.resolve().then(() => this.ring(ref));
      if (!ring) return 'missing';
      const at = new Date().toISOString();
      return {
        ref,
        title: ring.title,
        url: `https://bell.example.com/${ref.id}`,
        project: 'tower',
        level: 'error',
        status: ring.status,
        events: 1,
        users: null,
        firstSeen: at,
        lastSeen: at,
        readAt: at,
        via: 'api',
        environments: ['production'],
        tags: {},
        frames: [],
        assignee: ring.assignee === null ? null : person(ring.assignee),
        owners: [],
        links: ring.link ? [ring.link] : [],
      };
    };
    return {
      readIssue: read,
      lookAt: read,
      checkProject: () => Promise.resolve(),
      linkIssue: async ({ ref, task }) => this.change(ref, { link: task }),
      assign: async (ref, who) => this.change(ref, { assignee: who }),
      resolve: async (ref) => this.change(ref, { status: 'resolved' }),
    };
  }
}
