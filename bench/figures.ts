/** A measured figure beside its control, and how both are printed. */
import { cpus } from 'node:os';

export type Aim = { at: 'least' | 'most'; value: number };
export type Figure = {
  name: string;
  /** Follows the number: `/s`, `actions`, `requests`. */
  unit: string;
  value: number;
  /** The same measured without what the product adds, in the same run; null where there is nothing to compare with. */
  control: { what: string; value: number } | null;
  /** `value` by `control`, where the aim is about that; `spread`: the lowest and the highest of the rounds. */
  ratio?: { value: number; spread?: [number, number] };
  /** Of the ratio where there is one, of the value otherwise. */
  aim?: Aim;
  /** False: published as it is, and missing it fails no run. */
  binding?: boolean;
  /** What else was seen, in the order in which it is printed. */
  details?: Record<string, string | number>;
};

/** What a benchmark says while it works; nobody reads it as a result. */
export type Say = (line: string) => void;

/** undefined: no aim was set. */
export function met({ aim, ratio, value }: Figure): boolean | undefined {
  if (!aim) return undefined;
  const measured = ratio?.value ?? value;
  return aim.at === 'least' ? measured >= aim.value : measured <= aim.value;
}

/** The upper one of the two in the middle when there are two; 0 of nothing. */
export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** `ratio` of a figure from the ratios of its rounds. */
export function ratioOf(rounds: number[]): NonNullable<Figure['ratio']> {
  return { value: median(rounds), spread: [Math.min(...rounds), Math.max(...rounds)] };
}

/** Four significant digits, no exponent: 11,042 · 4.12 · 0.0031. */
export function shown(value: number): string {
  if (value === 0 || Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(value < 1 ? 2 : 3)));
}

/** A figure as lines of text: the figure, its control, ratio and aim, and one line for each detail. */
export function linesOf(figure: Figure): string[] {
  const { name, value, unit, control, ratio, aim, details = {} } = figure;
  const lines = [`  ${name}: ${shown(value)} ${unit}`];
  if (control) lines.push(`    control  ${shown(control.value)} ${unit} (${control.what})`);
  if (ratio) {
    const spread = ratio.spread ? ` (${ratio.spread.map((r) => r.toFixed(2)).join(' to ')})` : '';
    lines.push(`    ratio    ${ratio.value.toFixed(2)}${spread}`);
  }
  if (aim) lines.push(`    aim      ${aim.at === 'least' ? '≥' : '≤'} ${aim.value}: ${met(figure) ? 'met' : 'MISSED'}`);
  for (const [what, detail] of Object.entries(details))
    lines.push(`    ${what}: ${typeof detail === 'number' ? shown(detail) : detail}`);
  return lines;
}

/** Characters of the progress bar. */
const BAR = 20;

/** `##########.......... 50,000 of 100,000 made, 70/s, 12 min left` */
export function progress(done: number, wanted: number, ms: number): string {
  const full = Math.floor((done / wanted) * BAR);
  const minutes = Math.ceil(((wanted - done) * ms) / done / 60_000);
  const [made, all] = [done, wanted].map((n) => n.toLocaleString('en'));
  const rate = Math.round((done * 1_000) / ms);
  return `${'#'.repeat(full)}${'.'.repeat(BAR - full)} ${made} of ${all} made, ${rate}/s, ${minutes} min left`;
}

/** What the figures were measured on. */
export function machine(): { cores: number; cpu: string; node: string; platform: string } {
  const cores = cpus();
  return {
    cores: cores.length,
    cpu: cores[0]?.model ?? 'unknown',
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
  };
}
