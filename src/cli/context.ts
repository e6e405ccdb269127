/** What every command shares: where Errand runs, how to ask it, how to print, how to end. */
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { tokenFile } from '../api/operator/auth';
import { ZONE_HEADER } from '../contract';
import { loadCliEnv } from '../config/cli-env';
import { CATALOGUE, EXIT } from '../errors';
import { runningFile, type Running } from '../process/running';
import { jsonText, parsedForTerminal, terminalLine, terminalText } from '../text/terminal';

/** Longer than the slowest answer: an act that looks a short id up and down, sends its update, then its signal, 5 s each. */
const TIMEOUT_MS = 25_000;
const DEFAULT_PORT = '8081';

/** Ends the program with `code`; `words` go to stderr. */
export class Exit extends Error {
  constructor(
    readonly code: number,
    readonly words?: string,
    /** What the API answered, for `--json`. */
    readonly error?: { code: string; message: string; todo: string },
  ) {
    super(words ?? `exit ${code}`);
    this.name = 'Exit';
  }
}

export type CliContext = ReturnType<typeof createContext>;

export function createContext(program: Command) {
  // Not before a command runs: `.env` has been read by then.
  let loaded: ReturnType<typeof loadCliEnv> | undefined;
  const env = (): ReturnType<typeof loadCliEnv> => (loaded ??= loadCliEnv());
  let zone: string | undefined;
  const options = (): { json?: boolean; url?: string; token?: string } => program.opts();

  /** What `errand up` on this DATA_DIR said of itself; undefined when it never ran here. */
  const running = (): Running | undefined => {
    const file = runningFile(env().dataDir);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Running) : undefined;
  };
  /** And where it is from, for whoever gave a wrong one. */
  const token = (): { token?: string; from: string } => {
    const file = tokenFile(env().dataDir);
    if (options().token !== undefined) return { token: options().token, from: '--token' };
    if (env().token !== undefined) return { token: env().token, from: 'ERRAND_TOKEN' };
    return { token: existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined, from: file };
  };

  /** Where the operators' listener is. */
  const operators = (): string =>
    (
      options().url ??
      env().url ??
      running()?.operatorUrl ??
      `http://127.0.0.1:${env().operatorPort ?? DEFAULT_PORT}`
    ).replace(/\/+$/, '');

  return {
    get env() {
      return env();
    },
    /** What is to be said of `.env`, by a command that says such things. */
    envFile: undefined as string | undefined,
    running,
    operators,
    /** IANA; that of the rules of who answered last. Undefined before: times are told in UTC. */
    get zone(): string | undefined {
      return zone;
    },
    get json(): boolean {
      return options().json === true;
    },
    out: (text: string): void => void process.stdout.write(`${terminalText(text)}\n`),
    /** Prints data for a program, or words for a person. */
    show(data: unknown, words: () => string): void {
      this.out(this.json ? jsonText(data, 2) : words());
    },
    /**
     * Asks the operators' listener.
     * @throws Exit 4 when it cannot be reached, 1 for a negative answer, 2 for an invalid question
     */
    async ask<T>(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<T> {
      const base = operators();
      const { token: given, from } = token();
      let answer: Response;
      try {
        answer = await fetch(`${base}${path}`, {
          ...init,
          signal: AbortSignal.timeout(TIMEOUT_MS),
          headers: {
            ...init.headers,
            accept: 'application/json',
            ...(given ? { authorization: `Bearer ${given}` } : {}),
          },
        });
      } catch (e) {
        throw unreachable(base, e);
      }
      zone = answer.headers.get(ZONE_HEADER) ?? zone;
      const text = await answer.text().catch(() => '');
      const body = parsedAnswer(text, options().json === true) as {
        error?: { code: string; message: string; todo: string };
      };
      if (answer.ok) return body as T;
      const error = body.error ?? { code: 'unexpected', message: `It answered ${answer.status}.`, todo: '' };
      // The catalogue's advice is for those who write requests themselves.
      if (error.code === 'unauthorized') error.todo = tokenTodo(given === undefined ? undefined : from);
      // For a program it is as it came; the words are for people either way.
      const { message, todo } = error;
      const words = wordsOf({ message: terminalLine(message), todo: terminalLine(todo) });
      throw new Exit(exitOf(answer.status, body.error !== undefined), words, error);
    },
  };
}

/** {} for what is no object of JSON. @param whole as it came, for a program; else fit for a terminal */
function parsedAnswer(text: string, whole: boolean): unknown {
  try {
    return (whole ? JSON.parse(text) : parsedForTerminal(text)) ?? {};
  } catch {
    return {};
  }
}

/** @param from where the wrong one was from; undefined when there was none */
function tokenTodo(from: string | undefined): string {
  const wrong = from === undefined ? '' : `It is from ${from}. `;
  return `${wrong}Set ERRAND_TOKEN or --token to a token of OPERATOR_TOKENS; without them the one in DATA_DIR/operator-token is taken.`;
}

/** For people. A vendor's own words may end without a stop. */
export function wordsOf({ message, todo }: { message: string; todo: string }): string {
  if (todo === '') return message;
  return `${message}${/[.!?]$/.test(message) ? '' : '.'} ${todo}`;
}

/** Nobody answered at `base`. */
export function unreachable(base: string, e: unknown): Exit {
  const code = 'errand_unreachable';
  const message = `Errand cannot be reached at ${base} (${networkReasonOf(e)}).`;
  const { todo } = CATALOGUE[code];
  return new Exit(EXIT.unreachable, `${message} ${todo}`, { code, message, todo });
}

/** @param ours with a code: what stands before Errand also says 502. With a code it is a vendor's refusal, and that was reached. */
function exitOf(status: number, ours: boolean): number {
  if (status === 422) return EXIT.usage;
  return status >= (ours ? 503 : 502) ? EXIT.unreachable : EXIT.finding;
}

function networkReasonOf(e: unknown): string {
  const cause = e instanceof Error && e.cause instanceof Error ? e.cause : e;
  return cause instanceof Error && 'code' in cause
    ? String(cause.code)
    : cause instanceof Error
      ? cause.message
      : String(cause);
}
