/** What a version of Errand whose workflows do not fit their histories looks like from outside: every task fails. */
export function issue(): Promise<void> {
  throw new TypeError('this version does not fit');
}
