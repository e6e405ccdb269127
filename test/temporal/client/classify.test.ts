/** What a refused signal means, in the words of Temporal's server 1.31 (service/history/consts/const.go). */
import { ServiceError } from '@temporalio/client';
import { classifySend } from '../../../src/temporal/client/client';

const grpc = (code: number, details: string): Error =>
  new ServiceError('failed', { cause: Object.assign(new Error(details), { code, details, metadata: {} }) });

test.each([
  [8, 'Workflow is busy.', 'busy'],
  [8, 'workflow operation can not be applied because workflow is closing', 'busy'],
  [8, 'namespace rate limit exceeded', 'pause'],
  [3, 'exceeded workflow execution limit for signal events', 'busy'],
  [3, 'Namespace errand has no mapping defined for search attribute IssueState', 'pause'],
  [3, 'WorkflowId exceeds length limit.', 'invalid'],
  [14, 'no connection', 'pause'],
  [4, 'Deadline exceeded', 'pause'],
  [7, 'Request unauthorized.', 'pause'],
] as const)('%i "%s" is %s', (code, details, verdict) => {
  expect(classifySend(grpc(code, details))).toBe(verdict);
});

test('what is no answer of Temporal is a pause', () => {
  expect(classifySend(new TypeError('x'))).toBe('pause');
  expect(classifySend(undefined)).toBe('pause');
});
