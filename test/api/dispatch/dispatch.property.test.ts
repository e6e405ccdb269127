import fc from 'fast-check';
import { openInbox } from '../../../src/api/inbox/inbox';
import { FIRST, Invalid, MAX, Stage } from './support';
import { deliver, Room } from '../inbox/support';

/** `slow`: takes a signal only when something else happens than another hint. */
type Mood = 'up' | 'away' | 'refusing once' | 'flaky' | 'slow';
/** What may happen between two hints, in any order. `crash`: at once, with signals under way and removals unwritten. */
type Event =
  | { do: 'hint'; issue: string; urgent: boolean; environment?: string }
  | { do: 'advance'; ms: number }
  | { do: 'temporal'; is: Mood }
  | { do: 'disk'; is: 'fine' | 'broken' }
  | { do: 'restart' }
  | { do: 'crash' };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('hint' as const),
      issue: fc.constantFrom('1', '2', '3'),
      urgent: fc.boolean(),
      environment: fc.constantFrom('prod', 'stage', 'dev', 'qa', 'eu', 'us', undefined),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(10, 1000, FIRST, 60_000, MAX) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('temporal' as const),
      is: fc.constantFrom<Mood>('up', 'away', 'refusing once', 'flaky', 'slow'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('disk' as const), is: fc.constantFrom('fine' as const, 'broken' as const) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
);

/** Answers how to let go of the signals that it has not taken yet. */
function temporalIs(stage: Stage, is: Mood): () => void {
  let n = 0;
  let slow: (() => void)[] = [];
  stage.temporal.answer = () => {
    n++;
    if (is === 'away') throw new Error('unavailable');
    if (is === 'refusing once' && n === 1) throw new Invalid('not now');
    if (is === 'flaky' && n % 2 === 1) throw new Error('reset');
    return is === 'slow' ? new Promise((resolve) => slow.push(resolve)) : undefined;
  };
  return () => {
    is = 'up';
    slow.forEach((take) => take());
    slow = [];
  };
}

const broken = (): Promise<never> => Promise.reject(new Error('disk'));

/** One life: whatever happens, then quiet. Answers what was appended and what arrived. */
async function live(events: Event[]): Promise<void> {
  const room = new Room();
  // Opened by hand, because a restart replaces it.
  let inbox = openInbox(room.dir, { maxEntries: 1000 });
  let stage = new Stage(inbox);
  const arrived: Stage['temporal']['arrived'] = [];
  const newest = new Map<string, { delivery: string; at: number }>();
  const environments = new Map<string, Set<string>>();
  stage.dispatcher.start();
  let letGo = (): void => undefined;
  const begin = (): void => {
    inbox = openInbox(room.dir, { maxEntries: 1000 });
    stage = new Stage(inbox, stage.clock.time);
    letGo = () => undefined;
    stage.dispatcher.start();
  };
  try {
    for (const one of events) {
      if (one.do !== 'hint' && one.do !== 'crash') letGo();
      switch (one.do) {
        case 'hint': {
          const { issue, urgent, environment } = one;
          const delivery = await deliver(inbox, issue, { urgent, environment });
          newest.set(issue, { delivery, at: stage.clock.time });
          if (environment) environments.set(issue, (environments.get(issue) ?? new Set()).add(environment));
          stage.dispatcher.poke();
          // With signals under way it does not come to rest: they have begun when the event loop has turned.
          await Promise.race([stage.settle(), new Promise((resolve) => setImmediate(resolve))]);
          break;
        }
        case 'advance':
          await stage.advance(one.ms);
          break;
        case 'temporal':
          letGo = temporalIs(stage, one.is);
          break;
        case 'disk':
          jest.restoreAllMocks();
          if (one.is === 'broken') jest.spyOn(inbox, 'settle').mockImplementation(broken);
          break;
        case 'restart':
          jest.restoreAllMocks();
          await stage.dispatcher.stop();
          arrived.push(...stage.temporal.arrived);
          await inbox.close();
          begin();
          break;
        case 'crash':
          jest.restoreAllMocks();
          jest.spyOn(inbox, 'settle').mockImplementation(broken);
          arrived.push(...stage.temporal.arrived);
          void stage.dispatcher.stop();
          await inbox.close();
          begin();
      }
    }
    jest.restoreAllMocks();
    letGo();
    temporalIs(stage, 'up');
    await stage.advance(3 * MAX);
    arrived.push(...stage.temporal.arrived);

    for (const [issue, { delivery, at }] of newest) {
      const ours = arrived.filter((signal) => signal.id === `sentry:acme:${issue}`);
      // Sent after its last hint came, with that hint in it, and every environment was heard of.
      const after = ours.filter((signal) => signal.at >= at);
      expect(after.some((signal) => signal.hints.some((hint) => hint.delivery === delivery))).toBe(true);
      const told = new Set(ours.flatMap((signal) => signal.hints.flatMap((hint) => hint.environment ?? [])));
      expect(told).toEqual(environments.get(issue) ?? new Set());
    }
    expect(inbox.counts()).toMatchObject({ waiting: 0, dead: 0 });
    expect(stage.dispatcher.stats()).toMatchObject({ issues: 0, delayed: 0, inFlight: 0 });
    expect(inbox.deliveries({ limit: 500 }).items.filter((row) => row.outcome !== 'dispatched')).toEqual([]);
  } finally {
    jest.restoreAllMocks();
    letGo();
    temporalIs(stage, 'up');
    await stage.dispatcher.stop();
    await inbox.close();
    await room.clear();
  }
}

test('every issue is signalled after its last hint, whatever fails in between', async () => {
  await fc.assert(fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 40 }), live), { numRuns: 60 });
});
