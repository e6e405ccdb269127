/** Runs an activity outside of a worker, where nothing but its own answer is of interest. */
import { asyncLocalStorage, Context } from '@temporalio/activity';
import type { Deps } from '../../src/activities/deps';

type Parts = ConstructorParameters<typeof Context>;

/** @param beats gets what the activity heartbeats */
export function asActivity<T>(run: () => Promise<T>, beats: unknown[] = []): Promise<T> {
  const never = new Promise<never>(() => undefined);
  const heartbeat: Parts[3] = (details) => void beats.push(details);
  const info = { attempt: 1 } as Parts[0];
  const none = undefined as unknown;
  const { signal } = new AbortController();
  const rest = [none as Parts[5], none as Parts[6], none as Parts[7]] as const;
  const context = new Context(info, never, signal, heartbeat, undefined, ...rest);
  return asyncLocalStorage.run(context, run);
}

/** What an activity needs; whatever is not given must not be used. */
export function depsWith(parts: object): Deps {
  return parts as Deps;
}
