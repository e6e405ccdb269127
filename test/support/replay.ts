/** Replays histories with the workflows of today, from their beginning. */
import { Worker } from '@temporalio/worker';
import type { History } from '@temporalio/common/lib/proto-utils';
import { sourceBundle } from './world';

/**
 * @param histories by a name that tells them apart
 * @returns name → what is wrong with it; empty when all replay
 */
export async function replay(histories: Map<string, History>): Promise<Record<string, string>> {
  const wrong: Record<string, string> = {};
  const options = {
    workflowBundle: await sourceBundle(),
    dataConverter: { payloadConverterPath: require.resolve('../../src/temporal/worker/payload-converter') },
  };
  for (const [name, history] of histories) {
    const workflowId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? '';
    try {
      await Worker.runReplayHistory(options, history, workflowId);
    } catch (e) {
      wrong[name] = e instanceof Error ? `${e.name}: ${e.message}` : String(e);
    }
  }
  return wrong;
}
