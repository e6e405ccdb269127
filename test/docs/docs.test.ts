/** The docs say what the code does: compared both ways. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT } from '../../src/config/variables';
import { ENVIRONMENT_NAMES } from '../../src/config/schema';
import { OPERATOR_ACTS } from '../../src/contract';
import { CATALOGUE } from '../../src/errors';
import { METRICS, PROCESS_METRICS, type DeliveryOutcome } from '../../src/telemetry/metrics';

const ROOT = join(__dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Of docs/using/errors.md: what stands under the heading of each code, on one line. */
function errorSections(): [string, string][] {
  const [, ...pieces] = read('docs/using/errors.md').split(/^### /m);
  return pieces.map((piece) => {
    const [code = '', ...lines] = piece.split(/^## /m)[0]?.split('\n') ?? [];
    return [code, lines.join(' ').replace(/\s+/g, ' ')];
  });
}

test('every error code has its heading in docs/using/errors.md, and every heading its code', () => {
  const headings = errorSections().map(([code]) => code);
  expect(headings.sort()).toEqual(Object.keys(CATALOGUE).sort());
});

test('every error code says what to do, under its heading as in the catalogue', () => {
  const sections = new Map(errorSections());
  for (const [code, { todo }] of Object.entries(CATALOGUE))
    expect({ code, words: sections.get(code) }).toEqual({
      code,
      words: expect.stringContaining(todo.replace(/\s+/g, ' ')) as string,
    });
});

test('every code that is thrown is in the catalogue', () => {
  const thrown = sources('src').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/new ErrandError\(\s*'(\w+)'/g)].map((m) => m[1] ?? ''),
  );
  expect(thrown.length).toBeGreaterThan(10);
  for (const code of thrown) expect(Object.keys(CATALOGUE)).toContain(code);
});

test('every environment variable that is read is described, and no other', () => {
  const cli = ['ERRAND_URL', 'ERRAND_TOKEN'];
  expect(ENVIRONMENT.map((v) => v.name).sort()).toEqual([...ENVIRONMENT_NAMES, ...cli].sort());
});

test('every operators’ act is described with its input', () => {
  for (const act of OPERATOR_ACTS) expect(read('docs/using/steering.md')).toMatch(new RegExp(`^\\| \`${act}\` `, 'm'));
});

const metrics = [...Object.values(METRICS), ...PROCESS_METRICS];

test('every metric is in the reference with its labels, and no other', () => {
  const rows = read('docs/reference/metrics.md').matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]+) \|/gm);
  const documented = [...rows].map(([, name, type, labels = '']) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map((m) => m[1]),
  }));
  expect(documented).toEqual(metrics.map(({ name, type, labels }) => ({ name, type, labels: [...labels] })));
});

test('the example alerts ask for metrics that there are, and each stands in docs/using/metrics.md', () => {
  const alerts = read('deploy/prometheus/alerts.yml');
  const asked = [...alerts.matchAll(/\berrand_\w+/g)].map((m) => m[0]);
  expect(asked.length).toBeGreaterThan(3);
  for (const name of asked) expect(metrics.map((m) => m.name)).toContain(name);
  const names = [...alerts.matchAll(/alert: (\w+)/g)].map((m) => m[1]);
  const section = read('docs/using/metrics.md').split('## Alerts of Prometheus')[1]?.split('\n## ')[0] ?? '';
  expect([...section.matchAll(/^\| `(Errand\w+)`/gm)].map((m) => m[1])).toEqual(names);
});

test('the example alert of refused webhooks knows every outcome of one whose signature was right', () => {
  const verified: Record<DeliveryOutcome, boolean> = {
    kept: true,
    repeated: true,
    no_issue: true,
    not_understood: true,
    inbox_full: true,
    inbox_failed: true,
    bad_signature: false,
    // Of the legacy plugin, which signs nothing, and of what is not read at all.
    not_json: false,
    not_found: false,
    too_large: false,
  };
  const [, known = ''] = /source="sentry", outcome=~"([\w|]+)"/.exec(read('deploy/prometheus/alerts.yml')) ?? [];
  const wanted = Object.entries(verified).filter(([, is]) => is);
  expect(known.split('|').sort()).toEqual(wanted.map(([outcome]) => outcome).sort());
});

function sources(dir: string): string[] {
  return readdirSync(join(ROOT, dir), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts'))
    .map((f) => join(ROOT, dir, f));
}

test('no page carries what a merge left behind', () => {
  const pages = [
    ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((p) => join('docs', p)),
    ...readdirSync(ROOT),
  ].filter((p) => p.endsWith('.md'));
  expect(pages).toEqual(expect.arrayContaining(['CHANGELOG.md', join('docs', 'using', 'errors.md')]));
  // Also as the formatter rewrites them.
  for (const page of pages) expect(read(page)).not.toMatch(/^\s*(<{7}|>{7}|(> ){6}>|\\?={7}$)/m);
});
