/** A steady stream of decisions, for more than a day, never uses up the budget. */
import fc from 'fast-check';
import { createCalamari, type CalamariPerson } from '../../../src/vendors/calamari/client';
import { DAY, employeesOf, HOUR, MINUTE, people as peopleOf, SECOND } from './support';
import { serve } from '../support';

type Planned = { email: string; entered: number; begins: number; ends: number };
type Plan = {
  people: number;
  /** How many are asked about at once. */
  team: number;
  /** Longest time between two decisions, in ms. */
  every: number;
  /** One decision in so many is followed by one about everybody, team by team, {@link APART}. */
  burst: number;
  hours: number;
  share: number;
  seed: number;
};

/** The smallest share has a turn every 2.4 s, and whoever waited for one on a clock that stands still would wait for ever. */
const APART = 3 * SECOND;

/** Decisions about teams, against a real HTTP server and on a clock that is set. Answers the times of the calls. */
async function day(plan: Plan): Promise<number[]> {
  let state = plan.seed;
  const random = (below: number): number =>
    Math.floor(((state = (state * 48_271) % 2_147_483_647) / 2_147_483_647) * below);
  const began = Date.parse('2026-11-23T00:00:00Z');
  let clock = began;
  const people = peopleOf(plan.people);
  const absences = people.flatMap(({ email }): Planned[] => {
    const begins = began + random(plan.hours) * HOUR + random(60) * MINUTE;
    return [{ email, entered: begins - random(24) * HOUR, begins, ends: begins + (1 + random(300)) * MINUTE }];
  });
  const calls: number[] = [];
  const answered = new Map<string, { at: number; absences: Planned[] }>();
  const server = await serve((request) => {
    const employees = employeesOf(request);
    expect(employees.length).toBeLessThanOrEqual(50);
    calls.push(clock);
    const told = absences.filter((one) => employees.includes(one.email) && one.entered <= clock);
    for (const email of employees)
      answered.set(email, { at: clock, absences: told.filter((one) => one.email === email) });
    // A call takes its time; the pace of our own calls stands still on a clock that does.
    clock += 250;
    return { status: 200, json: told.map(elementOf) };
  });
  const options = { baseUrl: `${server.url}/api`, apiKey: 'key', now: () => clock, share: () => plan.share };
  const calamari = createCalamari(options);
  const decide = async (team: CalamariPerson[]): Promise<void> => {
    const at = clock;
    const before = new Map(answered);
    const said = await calamari.absentAt(team, new Date(at).toISOString(), 0);
    for (const { key, email } of team) {
      // What was believed, or else what the call told that was made now.
      const used = [before.get(email), answered.get(email)].find((one) => {
        if (!one || at - one.at > HOUR) return false;
        if (one.absences.some(({ begins }) => one.at < begins && begins <= at)) return false;
        const away = one.absences.some(({ begins, ends }) => begins <= at && at < ends);
        return said[key] === (away ? 'not available' : 'available');
      });
      // There are a hundred thousand of these: expect() would take minutes.
      if (!used)
        throw new Error(`no answer within an hour, and since the last beginning, says that ${key} is ${said[key]}`);
    }
  };
  const teams = Array.from({ length: Math.ceil(plan.people / plan.team) }, (_, i) =>
    people.slice(i * plan.team, (i + 1) * plan.team),
  );
  try {
    while (clock < began + plan.hours * HOUR) {
      await decide(teams[random(teams.length)] ?? people);
      if (random(plan.burst) === 0)
        for (const team of teams) {
          clock += APART;
          await decide(team);
        }
      clock += random(plan.every);
    }
  } finally {
    await server.close();
  }
  return calls;
}

const elementOf = ({ email, begins, ends }: Planned): Record<string, unknown> => ({
  employeeEmail: email,
  status: 'ACCEPTED',
  absenceCategory: 'TIMEOFF',
  from: new Date(begins).toISOString().slice(0, 10),
  to: new Date(ends).toISOString().slice(0, 10),
  fullDayRequest: false,
  startTime: new Date(begins).toISOString().slice(0, 19),
  endTime: new Date(ends).toISOString().slice(0, 19),
  timeZone: 'UTC',
});

/** The most calls in any time of this length. */
function most(calls: number[], window: number): number {
  let first = 0;
  return calls.reduce((max, at, i) => {
    while ((calls[first] ?? at) <= at - window) first += 1;
    return Math.max(max, i - first + 1);
  }, 0);
}

it.each([
  { people: 5, team: 5, every: 20 * SECOND, burst: 100, hours: 26, share: 1, seed: 1 },
  { people: 500, team: 5, every: 20 * SECOND, burst: 500, hours: 26, share: 1, seed: 2 },
])(
  'decisions every few seconds for more than a day about $people people stay below 2,400 calls, and use no answer that is an hour old or older than an absence’s beginning',
  async (plan) => {
    const calls = await day(plan);
    // The rest is for addresses that are not known and for outages.
    expect(most(calls, DAY)).toBeLessThan(2_000);
    expect(most(calls, HOUR)).toBeLessThan(600);
  },
);

it('and so do any decisions about up to fifty people, with any share of the budget that has room for them', async () => {
  const plans = fc.record({
    people: fc.integer({ min: 1, max: 50 }),
    team: fc.integer({ min: 5, max: 50 }),
    // A thousand decisions or so, that a day takes seconds.
    every: fc.integer({ min: 15 * MINUTE, max: HOUR }),
    burst: fc.integer({ min: 2, max: 50 }),
    hours: fc.constant(25),
    // Ten first calls, and fifty for the absences that begin, have to fit into 37 % of the day's.
    share: fc.double({ min: 1 / 12, max: 1, noNaN: true }),
    seed: fc.integer({ min: 1, max: 2_147_483_646 }),
  });
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const calls = await day(plan);
      expect(most(calls, DAY)).toBeLessThanOrEqual(Math.floor(2_400 * plan.share));
      expect(most(calls, HOUR)).toBeLessThanOrEqual(Math.floor(600 * plan.share));
    }),
    {
      numRuns: 5,
      examples: [[{ people: 50, team: 9, every: 3_203_917, burst: 2, hours: 25, share: 1 / 12, seed: 1_263_492_542 }]],
    },
  );
});
