/** Updates of one workflow that all workers ask: Temporal takes ten of them at a time and refuses the others. */
import { createGate } from '../../process/gate';
import { ErrandError } from '../../errors';
import { answered } from './calls';
import { GRPC, grpcOf } from './grpc';

/** `history.maxInFlightUpdates` is 10; two are left for operators (`release`), and for workers that do not know of each other yet. */
const AT_ONCE = 8;
/** After a refusal. The client itself has tried again meanwhile, until its deadline. */
const AGAIN_MS = 2_000;

export type UpdateOptions = {
  /** The part of what Temporal takes that this process may use, over 0 and at most 1. */
  share?: () => number;
  /** Temporal refused an update of this workflow all the same; `times`: how often since the start. */
  refused?: (workflowId: string, times: number) => void;
};

export function createUpdates({ share = () => 1, refused }: UpdateOptions) {
  const gates = new Map<string, ReturnType<typeof createGate>>();
  let times = 0;
  /**
   * Asks when it is this update's turn; with more processes than {@link AT_ONCE} each has one at a time.
   * @throws ErrandError `worker_unavailable` with `detail` when nobody answers, or too many ask; tried again soon
   */
  return async <T>(workflowId: string, detail: string, ask: () => Promise<T>): Promise<T> => {
    const gate = gates.get(workflowId) ?? createGate(() => AT_ONCE * share());
    gates.set(workflowId, gate);
    try {
      return await gate(() => answered(detail, ask));
    } catch (e) {
      if (grpcOf(e)?.code !== GRPC.resourceExhausted) throw e;
      times += 1;
      refused?.(workflowId, times);
      throw new ErrandError('worker_unavailable', detail, AGAIN_MS);
    }
  };
}
