/** Who gets an issue and where its task goes: what the rules ask for, and what was decided. Plain JSON, since it stands in histories. */
import type { Instant, PersonKey, TaskRef } from '../refs';
import type { Abilities, Settings } from './settings';

/** One predicate of a rule, or one candidate, and what became of it. */
export type Reason =
  | { rule: string; matched: boolean; predicate?: string; saw?: string }
  | {
      person: PersonKey;
      /** Their name, where it is known. */
      name?: string;
      kept: boolean;
      because:
        | 'chosen'
        | 'not available'
        | 'excluded'
        | 'not their turn'
        | 'unknown'
        | `already assigned in ${string}`
        | 'had it before';
    };

/** Made once, then a record. A person's choice stands beside it (`override`), never in it. */
export type Decision = {
  at: Instant;
  rulesHash: string;
  rule: string;
  reasons: Reason[];
  degraded?: 'availability unknown';
  /** Set when nobody could be assigned: when to decide again. */
  again?: Instant;
  verdict: { skip: string } | { assign: PersonKey | null; task: TaskSpec };
};

export type TaskSpec = {
  tracker: TaskRef['tracker'];
  /** Name or gid, as the rules write it. */
  workspace: string;
  project: string;
  section?: string;
  /** Local date `YYYY-MM-DD`. */
  dueOn?: string;
  priority?: string;
  followers: PersonKey[];
  tags: string[];
  /** Custom field name → value or option name. */
  fields: Record<string, string>;
  subtasks: string[];
  verify: boolean;
};

export type TaskDestination = Pick<TaskSpec, 'tracker' | 'workspace' | 'project' | 'section'>;

/** What applyRules answers: the rule that matched and what it asks for. Pure. */
export type Proposal = {
  rulesHash: string;
  rule: string;
  reasons: Reason[];
  /** In the order given by the rule; empty when the rule names nobody. */
  candidates: PersonKey[];
  /** Names the team whose turn decides, when its rotation keeps turns. */
  rotation: { team: string; kind: 'fixed' | 'roundRobin' };
  /** Tried in order when none of the candidates is left; the lead comes last. */
  fallback: PersonKey[][];
  verdict: { skip: string } | { task: TaskSpec };
  settings: Settings;
  can: Abilities;
};

export type Availability = Record<PersonKey, 'available' | 'not available' | 'unknown'>;
