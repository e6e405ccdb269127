/** How much the inbox keeps; the reasons for the first three stand at InboxOptions. */
export const MAX_BYTES = 128 * 1024 * 1024;
export const MAX_ENTRIES = 100_000;
export const MAX_LOG = 10_000;
export const REFUSE_ABOVE = 0.95;
export const PAGE = 500;
/** A log grows this far beyond its bound before it is cut, so that one cut serves many appends. */
export const LOG_SLACK = 200;
