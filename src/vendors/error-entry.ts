/** One entry of the table of errors; a file of its own, so that each vendor's errors can be written without the whole table. */
/** `retry`: Temporal tries again by the retry policy; otherwise the step goes to `attention` at once. `vendor`: whose failure, for people. */
export type ErrorEntry = { retry: boolean; http: number; message: string; todo: string; vendor?: string };
