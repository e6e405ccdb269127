/** Whose doing a failure is, as people call it. */
import { entryOf } from '../errors';
import type { VendorOf } from '../core/alerts/alerts';
import { laneOf } from '../core/issue/plan';
import type { StepName } from '../core/issue/steps';
import { NAMED } from '../vendors/names';

const OURS = 'Errand';

/** Its code says it, and where it does not (`unexpected`), the step. */
export function vendorOf(code: string, step?: Parameters<VendorOf>[1]): ReturnType<VendorOf> {
  const known = entryOf(code)?.vendor;
  if (known || code !== 'unexpected' || step === undefined) return known ?? OURS;
  // The half of linkIssue that has no name as a step.
  if (step === 'readIssue' || step === 'assignIssue') return NAMED.source;
  const lane = laneOf(step as StepName);
  return lane === 'look' || lane === undefined ? OURS : (NAMED[lane] ?? OURS);
}
