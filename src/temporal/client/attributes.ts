/** Registers our search attributes. Idempotent: what is there is left, and a wrong type is named. */
import type { Connection } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes';
import { ATTRIBUTE } from '../../contract';
import { EnvironmentError } from '../../errors';
import { GRPC, grpcOf } from './grpc';

const DEADLINE_MS = 10_000;

/** The table for the docs and for clusters whose attributes an administrator registers by hand. */
export const ATTRIBUTES = Object.values(ATTRIBUTE).map(({ name, type }) => ({ name, type }));

/**
 * A start with an unregistered attribute is refused, and an upsert of one fails the workflow task for ever; so the
 * worker and the dispatcher wait for this.
 * @throws EnvironmentError when an attribute exists with another type, or the namespace does not exist
 */
export async function ensureAttributes(connection: Connection, namespace: string): Promise<void> {
  await connection.withDeadline(Date.now() + DEADLINE_MS, async () => {
    const { customAttributes } = await connection.operatorService
      .listSearchAttributes({ namespace })
      .catch((e: unknown) => {
        if (grpcOf(e)?.code !== GRPC.notFound) throw e;
        throw new EnvironmentError([
          `Temporal has no namespace "${namespace}". Make it (temporal operator namespace create --namespace ${namespace} --retention 90d), or correct TEMPORAL_NAMESPACE.`,
        ]);
      });
    const missing = ATTRIBUTES.filter(
      (a) => customAttributes?.[a.name] === undefined || customAttributes[a.name] === null,
    );
    const wrong = ATTRIBUTES.filter(
      (a) => !missing.includes(a) && customAttributes[a.name] !== encodeSearchAttributeIndexedValueType(a.type),
    );
    if (wrong.length > 0) {
      throw new EnvironmentError(
        wrong.map(
          (a) =>
            `Temporal's search attribute ${a.name} is not of type ${a.type}; remove it or use another TEMPORAL_NAMESPACE.`,
        ),
      );
    }
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(
      missing.map((a) => [a.name, encodeSearchAttributeIndexedValueType(a.type)]),
    );
    try {
      await connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: searchAttributes as Record<string, number>,
      });
    } catch (e) {
      // The worker and the API boot together: the other one may have been faster.
      const { customAttributes: now } = await connection.operatorService.listSearchAttributes({ namespace });
      if (missing.some((a) => now?.[a.name] === undefined)) throw e;
    }
  });
}
