import { random } from '../../src/sandbox/faults';
import { Concurrency, Window } from '../../src/sandbox/limits';
import { pythonJson } from '../../src/sandbox/sentry/python-json';
import { Bucket } from '../../src/sandbox/slack';

test('a window slides, and refused requests count where that is the rule', () => {
  let now = 0;
  const plain = new Window(1000, () => now);
  const strict = new Window(1000, () => now);
  const take = (): [boolean, boolean] => [plain.take('k', 2).allowed, strict.take('k', 2, true).allowed];
  expect([take(), take(), take()]).toEqual([
    [true, true],
    [true, true],
    [false, false],
  ]);
  now = 900;
  expect(take()).toEqual([false, false]);
  now = 1001;
  expect(plain.take('k', 2)).toEqual({ allowed: true, remaining: 1, resetAt: 2001 });
  expect(strict.take('k', 2, true).allowed).toBe(true);
  expect(strict.take('k', 2, true).allowed).toBe(false);
  expect(strict.take('other', 2, true).allowed).toBe(true);
});

test('places under way are given back once', () => {
  const concurrency = new Concurrency();
  const first = concurrency.enter('k', 1);
  expect(concurrency.enter('k', 1)).toBeUndefined();
  first?.();
  first?.();
  expect(concurrency.remaining('k', 1)).toBe(1);
});

test('a channel takes a burst, then one message a second', () => {
  let now = 0;
  const bucket = new Bucket(() => now);
  expect(Array.from({ length: 6 }, () => bucket.take('c'))).toEqual([0, 0, 0, 0, 0, 1]);
  now = 1000;
  expect([bucket.take('c'), bucket.take('c'), bucket.take('d')]).toEqual([0, 1, 0]);
});

test('the same seed gives the same sequence', () => {
  const draw = (seed: number): number[] => Array.from({ length: 5 }, random(seed));
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test('JSON as Python writes it', () => {
  const value = { b: 'Größe – 例外 🎉 </script>', timestamp: 1, n: 1, a: [true, null, undefined], gone: undefined };
  expect(pythonJson(value)).toBe(
    '{"b":"Gr\\u00f6\\u00dfe \\u2013 \\u4f8b\\u5916 \\ud83c\\udf89 </script>","timestamp":1.0,"n":1,"a":[true,null,null]}',
  );
});
