/** An installation of a newer version, as far as its runs hand their records to the next one. */
import { makeContinueAsNewFunc } from '@temporalio/workflow';
import { QUEUE } from '../../src/contract';

export async function newer(workflowType: string, start: object): Promise<never> {
  return makeContinueAsNewFunc<(start: object) => Promise<never>>({ workflowType, taskQueue: QUEUE.main })(start);
}
