/**
 * What a run keeps on disk: who it is, how far it is, every act that was done, and every delivery that was acknowledged. A run
 * that was stopped, or killed, goes on from there; the vendors', Temporal's and the receiver's data lie beside it.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell } from './cells';
import type { Happened } from './expect';
import type { Weather } from './weather';

export type Plan = { version: 1; seed: number; issues: number; weather: Weather };
type Kept = Plan & { round: number; reached: Cell[] };
export type Acknowledged = { delivery: string; issue: string | undefined };
type Line = { life: string; act: number; happened: Happened };

export class State {
  private readonly done = new Map<string, Happened[]>();
  readonly acknowledged: Acknowledged[] = [];

  private constructor(
    readonly dir: string,
    private kept: Kept,
  ) {
    for (const { life, act, happened } of this.lines<Line>('acts.jsonl')) this.take(life, act, happened);
    this.acknowledged.push(...this.lines<Acknowledged>('acknowledged.jsonl'));
  }

  static begin(dir: string, plan: Plan): State {
    mkdirSync(dir, { recursive: true });
    const state = new State(dir, { ...plan, round: 0, reached: [] });
    state.write();
    return state;
  }

  /** @throws Error when `dir` holds no run */
  static resume(dir: string): State {
    const file = join(dir, 'run.json');
    if (!existsSync(file)) throw new Error(`there is no run to go on with in ${dir}: ${file} is missing`);
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept;
    if (kept.version !== 1) throw new Error(`${file} was written by another version`);
    return new State(dir, kept);
  }

  get plan(): Plan {
    return this.kept;
  }

  /** The first that is not finished, from 0. */
  get round(): number {
    return this.kept.round;
  }

  /** What the rounds that are finished have reached. */
  get reached(): ReadonlySet<Cell> {
    return new Set(this.kept.reached);
  }

  finishRound(reached: ReadonlySet<Cell>): void {
    const all = new Set([...this.kept.reached, ...reached]);
    this.kept = { ...this.kept, round: this.kept.round + 1, reached: [...all] };
    this.write();
  }

  /** The acts of a life that were done, in order. */
  happenedTo(life: string): Happened[] {
    return this.done.get(life) ?? [];
  }

  happened(life: string, act: number, happened: Happened): void {
    this.take(life, act, happened);
    this.append('acts.jsonl', { life, act, happened } satisfies Line);
  }

  acknowledge(one: Acknowledged): void {
    this.acknowledged.push(one);
    this.append('acknowledged.jsonl', one);
  }

  private take(life: string, act: number, happened: Happened): void {
    const all = this.done.get(life) ?? [];
    all[act] = happened;
    this.done.set(life, all);
  }

  private write(): void {
    writeFileSync(join(this.dir, 'run.json'), `${JSON.stringify(this.kept, null, 2)}\n`);
  }

  private append(file: string, line: object): void {
    // Before the line, so that one that was half written ends here.
    appendFileSync(join(this.dir, file), `\n${JSON.stringify(line)}`);
  }

  /** The last line may be half written. */
  private lines<T>(file: string): T[] {
    const path = join(this.dir, file);
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line) => {
        try {
          return line === '' ? [] : [JSON.parse(line) as T];
        } catch {
          return [];
        }
      });
  }
}
