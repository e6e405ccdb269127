/** The first of each transition get faults of their own, in an order that the seed begins. */
import { Director, type Fate } from './director';
import type { Act, Life } from './schedule';

const RESOLVE: Act = { at: 0, do: 'resolve' };
const none = (): Promise<undefined> => Promise.resolve(undefined);

function life(number: number): Life {
  const at = { id: `7${number}`, number, round: 0, title: 'Error' };
  return { ...at, project: 'shop', environment: 'production', acts: [RESOLVE] };
}

async function played(seed: number, acts: number, on = true) {
  const armed: Record<string, unknown>[] = [];
  const arm = (fault: Record<string, unknown>): Promise<number> => Promise.resolve(armed.push(fault));
  const director = new Director(seed, on ? arm : undefined, [], new AbortController().signal);
  const fates: Fate[] = [];
  for (let i = 0; i < acts; i += 1) {
    await director.before(life(i), RESOLVE, [], () => Promise.resolve(`9${i}`));
    fates.push(director.fate(`7${i}`), director.fate(`7${i}`));
  }
  return { armed, fates };
}

it('the same seed aims the same faults, another begins with others', async () => {
  expect(await played(1, 8)).toEqual(await played(1, 8));
  expect((await played(2, 1)).armed).not.toEqual((await played(1, 1)).armed);
});

it('every fault of a call and every fate of a webhook has its turn, once each', async () => {
  const { armed, fates } = await played(1, 6);
  const kinds = new Set(armed.map((f) => JSON.stringify([f['vendor'], f['kind'], f['status'] ?? null])));
  expect([...kinds].sort()).toEqual([
    '["asana","commitThenReset",null]',
    '["asana","status",429]',
    '["asana","status",500]',
    '["sentry","page",404]',
    '["sentry","status",404]',
    '["sentry","status",500]',
  ]);
  expect(armed.every((f) => f['times'] === 1)).toBe(true);
  // Of one webhook each: the next of the same issue is left to chance.
  expect(fates.slice(0, 8)).toEqual([
    'double',
    undefined,
    'overtaken',
    undefined,
    undefined,
    undefined,
    'drop',
    undefined,
  ]);
});

it('later ones are left to chance, and all are where a run is not directed', async () => {
  const { armed } = await played(1, 40);
  expect((await played(1, 32)).armed).toEqual(armed);
  expect(await played(1, 4, false)).toMatchObject({ armed: [], fates: Array.from({ length: 8 }, () => undefined) });
});

it('some wait until Temporal is killed, so that they are under way then', async () => {
  const director = new Director(1, none, [Date.now() + 1_000], new AbortController().signal);
  const began = Date.now();
  await director.before(life(1), RESOLVE, [], none);
  expect(Date.now() - began).toBeGreaterThanOrEqual(400);
});
