/** Lists by values that have a meaning in SQL. */
import { listIssues, resolveId } from '../../src/api/operator/issues';
import { workflowIdOf } from '../../src/contract';
import { beginWorld } from '../support/begin-world';
import type { TestWorld } from '../support/test-world';

const TEST_MS = 300_000;
let world: TestWorld;
beginWorld((begun) => (world = begun));

const listed = async (project: string): Promise<string[]> =>
  (await listIssues(world.temporal, { project })).issues.map((row) => row.id);

test(
  'a project is found by its name, whatever is in it, and no name finds more than its own',
  async () => {
    const names = ['plain', "it's", 'back\\', "\\'", 'a"b', 'what?', 'per%cent', 'ab', 'new\\nline'];
    const ids: string[] = [];
    for (const project of names) {
      const ref = await world.raise({ project });
      await world.hint(ref);
      await world.quiet(ref);
      await world.listed(ref);
      ids.push(workflowIdOf(ref));
    }
    for (const [i, name] of names.entries()) expect([name, await listed(name)]).toEqual([name, [ids[i]]]);
    for (const odd of [
      "' OR WorkflowType = 'issue",
      "\\' OR WorkflowType = 'issue' OR Project = '",
      "x\\' OR 1=1 -- ",
      '%',
      '\\',
      "'",
      '?',
      '$1',
    ])
      expect([odd, await listed(odd)]).toEqual([odd, []]);
    expect((await listIssues(world.temporal, { assignee: "\\' OR WorkflowType = 'issue" })).issues).toEqual([]);
    for (const id of ["\\') OR WorkflowType IN ('issue", "'", '?', '\\'])
      expect(await resolveId(world.temporal, 'acme', id)).toBeUndefined();
  },
  TEST_MS,
);
