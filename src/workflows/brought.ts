/** The record that a run hands to the next one. */
import { workflowInfo } from '@temporalio/workflow';
import { isObject } from '../core/issue/commands';

/**
 * Only a run that was continued brings a record: nobody but an earlier run can have made one.
 *
 * @returns undefined in a run that brings none
 * @throws Error of a version that this worker does not know. It fails the workflow task, not the workflow: Temporal repeats it, alerts
 *   list it, and a newer worker goes on from the record, which an empty one in its place would have lost.
 */
export function broughtRecord<T extends { version: number }>(given: unknown, version: T['version']): T | undefined {
  if (workflowInfo().continuedFromExecutionRunId === undefined || given === undefined) return undefined;
  if (isObject(given) && given.version === version) return given as T;
  const found = isObject(given) ? JSON.stringify(given.version) : typeof given;
  throw new Error(`Its record has version ${found}, this worker knows version ${version}: start a newer worker.`);
}
