/** So many at a time. */
import { createGate } from '../../src/process/gate';

it('createGate lets no more than its size in, also after failures', async () => {
  const gate = createGate(() => 2);
  let inside = 0;
  let most = 0;
  const runs = Array.from({ length: 9 }, (_, n) =>
    gate(async () => {
      most = Math.max(most, (inside += 1));
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      if (n % 3 === 0) throw new Error('failed');
    }).catch(() => undefined),
  );
  await Promise.all(runs);
  expect(most).toBe(2);
  expect(inside).toBe(0);
});

it('createGate follows a size that changes, and lets one in whatever it is', async () => {
  let size = 0;
  const gate = createGate(() => size);
  const leave: (() => void)[] = [];
  const enter = (): Promise<void> => gate(() => new Promise<void>((resolve) => leave.push(resolve)));
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const all = Array.from({ length: 6 }, enter);
  expect(leave).toHaveLength(1);
  size = 3;
  leave.shift()?.();
  await settle();
  expect(leave).toHaveLength(3);
  size = 1;
  leave.shift()?.();
  leave.shift()?.();
  await settle();
  expect(leave).toHaveLength(1);
  size = 6;
  leave.shift()?.();
  await settle();
  expect(leave).toHaveLength(2);
  for (const one of leave) one();
  await Promise.all(all);
});
