/** The bulk path: an issue's workflow that begins where one that was continued would go on. */
import { makeContinueAsNewFunc } from '@temporalio/workflow';
import { ISSUE_WORKFLOW, QUEUE, type IssueStart } from '../src/contract';

export async function seed(start: IssueStart): Promise<never> {
  return makeContinueAsNewFunc<typeof seed>({ workflowType: ISSUE_WORKFLOW, taskQueue: QUEUE.main })(start);
}
