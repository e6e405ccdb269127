/**
 * A source and a tracker that the product has never heard of: one folder of test code each, and one line of the registry. An issue of
 * the one gets its task in the other, on a real Temporal server, with nothing changed in core, workflows or rules.
 */
import type { IssueRef } from '../../src/core/refs';
import type { IssueDetail } from '../../src/core/issue/view';
import { beginWorld } from '../support/begin-world';
import type { TestWorld } from '../support/test-world';
import { RULES } from '../support/world-rules';
import { Bell, BELL_PIECE } from './source';
import { Board, BOARD_PIECE } from './tracker';

const TEST_MS = 120_000;
const bell = new Bell();
const board = new Board();
/** The people have names at the bell; its project has a list on the board. */
const rules = RULES.replaceAll(/sentry: (\w+)@example.com/g, 'sentry: $1@example.com, bell: $1').replace(
  'projects:\n',
  'projects:\n  tower: { board: { list: Inbox } }\n',
);

let world: TestWorld;
beginWorld((begun) => (world = begun), {
  rules,
  more: {
    // The two lines.
    vendors: [bell.vendor, board.vendor],
    pieces: [BELL_PIECE, BOARD_PIECE],
  },
});

let number = 0;
/** It rings, and its hook comes. */
async function ring(): Promise<IssueRef> {
  number += 1;
  const id = String(number);
  bell.rings.set(id, { title: `Bell ${id} cracked`, status: 'unresolved', assignee: null });
  return hook(id);
}

async function hook(id: string): Promise<IssueRef> {
  const [hint] = bell.parse({ ring: id }).hints;
  if (!hint) throw new Error('the bell gives no hint');
  await world.hint(hint.about.issue, hint.what);
  return hint.about.issue;
}

const story = (s: IssueDetail): string[] => s.timeline.map((t) => t.what);

test(
  'an issue of the toy source gets its task in the toy tracker, and both are closed together',
  async () => {
    const ref = await ring();
    const opened = await world.until(ref, 'its task', (s) => s.task !== null && s.next.startsWith('Waits until Bell'));
    expect(opened).toMatchObject({ id: `bell:acme:${ref.id}`, state: 'open', assignee: 'anna', attention: [] });
    expect(opened.task).toMatchObject({ tracker: 'board' });
    const [card, ...others] = board.cards.values();
    expect(others).toEqual([]);
    expect(card).toMatchObject({ marker: `bell:acme:${ref.id}`, list: 'Inbox', assignee: 'anna', completed: false });
    expect(bell.rings.get(ref.id)).toMatchObject({ assignee: 'anna', link: { tracker: 'board', id: card?.task.id } });
    expect(story(opened)).toEqual(
      expect.arrayContaining([
        'Bell sent ring.changed',
        'read in Bell: unresolved, 1 event',
        'Board task 1 made',
        'linked in Bell',
        'assigned to anna in Bell',
      ]),
    );
    Object.assign(bell.rings.get(ref.id) ?? {}, { status: 'resolved' });
    await hook(ref.id);
    const closed = await world.until(ref, 'closed', (s) => s.next.startsWith('Closed on both sides'));
    expect(story(closed)).toEqual(expect.arrayContaining(['resolved in Bell', 'Board task completed']));
    expect(card?.completed).toBe(true);
    expect([...(card?.comments.keys() ?? [])].join()).toMatch(/^resolved-0/);
  },
  TEST_MS,
);

test(
  'the core decides by what a code of the toys means: a refused comment is dropped, a missing task is looked for',
  async () => {
    const ref = await ring();
    const { task } = await world.until(
      ref,
      'its task',
      (s) => s.task !== null && s.next.startsWith('Waits until Bell'),
    );
    board.refusing = true;
    await world.update(ref, 'resolve');
    const closed = await world.until(ref, 'closed', (s) => s.next.startsWith('Closed on both sides'));
    board.refusing = false;
    expect(story(closed).join('\n')).toMatch(/a comment was dropped \(resolved\), Board refuses it: board_refused/);
    expect(bell.rings.get(ref.id)?.status).toBe('resolved');
    // Gone in the meantime: what is to be written says so, and the issue looks whether a person deleted it.
    board.cards.delete(task?.id ?? '');
    Object.assign(bell.rings.get(ref.id) ?? {}, { status: 'unresolved' });
    await hook(ref.id);
    const gone = await world.until(ref, 'its task was deleted', (s) => s.state === 'muted');
    expect(story(gone)).toContain('the Board task was deleted');
  },
  TEST_MS,
);

test(
  'a token of the toy source that is refused stands in attention by its own code, and is over once it is taken',
  async () => {
    bell.refusing = true;
    const ref = await ring();
    const needs = await world.until(ref, 'attention', (s) => s.attention.length > 0);
    expect(needs.attention).toMatchObject([{ step: 'readIssue', code: 'bell_unauthorized' }]);
    expect(needs.next).toMatch(/^Needs a person: could not read the issue in Bell/);
    bell.refusing = false;
    await world.signal(ref, 'retry');
    await world.until(ref, 'its task', (s) => s.task?.tracker === 'board' && s.attention.length === 0);
  },
  TEST_MS,
);
