/** The control's workflow: it hears signals and runs activities that do nothing, one after another, and keeps no record. */
import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

/** `queues`: that of each activity, in order. `signals`: how many it waits for in all. */
export type BareInput = { queues: string[]; signals: number };
export type BareActivities = { nothing(input: { last: string | null }): Promise<null> };

/** `name` is told to the last activity, which says that it is done. */
export async function bare({ queues, signals }: BareInput, name: string): Promise<void> {
  let heard = 0;
  setHandler(defineSignal<[unknown]>('hints'), () => void (heard += 1));
  for (const [index, taskQueue] of queues.entries()) {
    const { nothing } = proxyActivities<BareActivities>({ taskQueue, startToCloseTimeout: '30 seconds' });
    await nothing({ last: index === queues.length - 1 ? name : null });
  }
  await condition(() => heard >= signals);
}
