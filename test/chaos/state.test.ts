/** A run goes on from where it was stopped, or killed. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanUpApps, temporaryDir } from '../support/run';
import { State } from './state';
import { STORM } from './weather';

afterAll(cleanUpApps);

it('remembers its plan, its round, what happened, and what was acknowledged', () => {
  const dir = temporaryDir();
  const plan = { version: 1, seed: 7, issues: 300, weather: STORM } as const;
  const state = State.begin(dir, plan);
  state.happened('1', 0, { at: 5, do: 'raise' });
  state.happened('1', 1, { at: 6, do: 'resolve', calm: true });
  state.acknowledge({ delivery: 'd1', issue: '1' });
  state.finishRound(new Set(['Asana 500 × created']));

  const resumed = State.resume(dir);
  expect(resumed.plan).toMatchObject(plan);
  expect(resumed.round).toBe(1);
  expect([...resumed.reached]).toEqual(['Asana 500 × created']);
  expect(resumed.happenedTo('1')).toEqual(state.happenedTo('1'));
  expect(resumed.happenedTo('2')).toEqual([]);
  expect(resumed.acknowledged).toEqual([{ delivery: 'd1', issue: '1' }]);
});

it('a line that was half written when it was killed is left out', () => {
  const dir = temporaryDir();
  State.begin(dir, { version: 1, seed: 7, issues: 1, weather: STORM }).happened('1', 0, { at: 5, do: 'raise' });
  appendFileSync(join(dir, 'acts.jsonl'), '\n{"life":"1","act":1,"happ');
  const resumed = State.resume(dir);
  expect(resumed.happenedTo('1')).toHaveLength(1);
  // What is written next stands on a line of its own.
  resumed.happened('1', 1, { at: 6, do: 'resolve' });
  expect(State.resume(dir).happenedTo('1')).toHaveLength(2);
});

it('there is nothing to go on with in an empty directory', () => {
  expect(() => State.resume(temporaryDir())).toThrow('there is no run to go on with');
});
