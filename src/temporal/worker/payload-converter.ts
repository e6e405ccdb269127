/**
 * A payload converter that never throws on what it reads. A payload that cannot be decoded would otherwise fail the
 * workflow task for ever, before any handler runs: one mistyped `temporal workflow signal` would brick an issue.
 * This is the one file of another folder that the workflow bundle loads.
 */
import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

/** Stands for a payload that could not be decoded. */
export type Undecodable = { undecodable: string };

/** Temporal loads the converter by this name. */
export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch (e) {
      const marked: Undecodable = { undecodable: e instanceof Error ? e.message.slice(0, 200) : 'unknown encoding' };
      return marked as T;
    }
  },
};
