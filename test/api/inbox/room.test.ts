/** The inbox takes a disk for full before it is: lmdb-js may end the process when it meets one. */
import { ErrandError } from '../../../src/errors';
import { ROOM_TO_CHANGE, ROOM_TO_TAKE, roomOf } from '../../../src/api/inbox/room';

const codeOf = (act: () => void): string => {
  try {
    act();
    return 'enough';
  } catch (e) {
    return e instanceof ErrandError ? e.code : String(e);
  }
};

test('with too little left nothing more is taken, and what is kept is still sent and forgotten', () => {
  const room = roomOf(() => ROOM_TO_TAKE - 1);
  expect(codeOf(() => room.require(ROOM_TO_TAKE))).toBe('inbox_failed');
  expect(codeOf(() => room.require(ROOM_TO_CHANGE))).toBe('enough');
  const none = roomOf(() => ROOM_TO_CHANGE - 1);
  expect(codeOf(() => none.require(ROOM_TO_CHANGE))).toBe('inbox_failed');
});

test('a disk that fills is noticed within moments, and one that has room again at once', () => {
  let left = Infinity;
  let now = 1_000;
  let looks = 0;
  const room = roomOf(
    () => {
      looks += 1;
      return left;
    },
    () => now,
  );
  for (let n = 0; n < 100; n += 1) room.require(ROOM_TO_TAKE);
  expect(looks).toBe(1);
  left = 0;
  now += 50;
  expect(codeOf(() => room.require(ROOM_TO_TAKE))).toBe('inbox_failed');
  left = ROOM_TO_TAKE;
  expect(codeOf(() => room.require(ROOM_TO_TAKE))).toBe('enough');
});

test('where nobody says how much is left, it is enough', () => {
  const room = roomOf(() => {
    throw new Error('ENOSYS');
  });
  expect(codeOf(() => room.require(ROOM_TO_TAKE))).toBe('enough');
});
