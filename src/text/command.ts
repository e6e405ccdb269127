/** Commands that stand in messages, to be pasted into a shell as they are. */

/** What no shell takes for more than text. */
const PLAIN = /^[\w.][\w.:-]*$/;

/** One word of a command line, in quotes where it needs them: whoever names a project may have meant harm. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** @param project slug, or `*` for the unknown one */
export function releaseCommand(project: string): string {
  return `errand release --project ${shellWord(project)}`;
}

export function retryAllCommand(code: string): string {
  return `errand retry --all --code ${shellWord(code)}`;
}
