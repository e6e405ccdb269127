/** Who gets it. */
import { selectAssignee as select } from '../rules/assign';
import type { Reads } from '../core/issue/activities';
import type { Deps } from './deps';
import { coded } from './failure';
import { nameOf } from './names';

/** A repeated attempt asks with the same decision id, and the rotation gives the same turn. */
export function selectAssignee(deps: Deps): Reads['selectAssignee'] {
  const { rules, takeTurn } = deps;
  return coded(({ decisionId, ...input }) =>
    select(rules(), {
      ...input,
      nextTurn: (team, candidates) => takeTurn(team, { decisionId, candidates }),
      nameOf: (person) => nameOf(deps, person),
    }),
  );
}
