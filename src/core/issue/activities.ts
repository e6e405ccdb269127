/** The activities of an issue. */
import type { Look } from '../alerts/record';
import type { Instant, IssueRef, PersonKey } from '../refs';
import type { Availability, Decision, Proposal } from './decision';
import type { Abilities, Settings } from './settings';
import type { IssueSnapshot } from './snapshot';
import type { Effects, Note, StepName, WriteOutcome } from './steps';

/** `name`: where it is known. `people`: whom the rules know, in words; absent from an older worker. */
export type FoundPerson =
  { key: PersonKey; name?: string } | { unknown: string; didYouMean: string | null; people?: string };

/** The activities that read or compute. */
export type Reads = {
  readIssue(input: {
    ref: IssueRef;
    seed?: IssueSnapshot;
    environments: string[];
    /** It was read before, and was in this project (slug). */
    known?: { project: string };
    /** Should it be unresolved, a decision follows: the plan is wanted along with it. */
    decides?: boolean;
  }): Promise<{
    /** `unread`: it was read once, and cannot be now, for want of a token. */
    issue: IssueSnapshot | 'missing' | 'unread';
    /** What applyRules would answer for `issue` at this moment. */
    proposal?: Omit<Proposal, 'can' | 'settings'>;
    /** uuid that links can be made with. */
    installation?: string;
    can: Abilities;
    settings: Settings;
  }>;
  /** Pure. */
  applyRules(input: { issue: IssueSnapshot }): Promise<Proposal>;
  /** Pure. Answers the person's key and name, or what was probably meant. */
  findPerson(input: { name: string }): Promise<FoundPerson>;
  /** What needs a person, by cause. `known`: the causes whose message need not be asked for; without it none is. */
  lookAround(input: { org: string; known?: string[] }): Promise<Look>;
  checkAvailability(input: { people: PersonKey[]; at: Instant; ahead: number }): Promise<Availability>;
  selectAssignee(input: {
    issue: IssueSnapshot;
    proposal: Proposal;
    /** 'unknown' when Calamari could not be asked. */
    availability: Availability | 'unknown';
    before: PersonKey | null;
    /** Names the decision, so that a repeated attempt takes the same turn. */
    decisionId: string;
    at: Instant;
  }): Promise<Decision>;
};

/** `note`: the comment that is written along. Absent in the answer: it could not be brought to an end, while the other could. */
type Complete = (
  input: Effects['completeTask'][0] & { note?: Note },
) => Promise<{ complete?: WriteOutcome; comment?: WriteOutcome }>;

export type Writes = { [K in Exclude<StepName, 'completeTask'>]: (input: Effects[K][0]) => Promise<Effects[K][1]> } & {
  completeTask: Complete;
};
