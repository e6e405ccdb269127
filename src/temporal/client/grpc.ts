/** What went wrong in a call to Temporal, as gRPC tells it. */
import { isGrpcServiceError } from '@temporalio/client';

/** grpc.io/docs/guides/status-codes */
export const GRPC = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** The gRPC error in `e` or behind it; undefined when it is of another kind. */
export function grpcOf(e: unknown): { code: number; details: string } | undefined {
  if (isGrpcServiceError(e)) return { code: Number(e.code), details: e.details };
  return e instanceof Error && e.cause !== undefined ? grpcOf(e.cause) : undefined;
}
