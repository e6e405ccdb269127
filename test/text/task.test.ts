import fc from 'fast-check';
import { XMLValidator } from 'fast-xml-parser';
import { explainText } from '../../src/text/explain';
import { toAsanaHtml, toAsanaText, toSlackMrkdwn } from '../../src/text/markup';
import { renderNote } from '../../src/text/notes';
import { renderTask } from '../../src/text/task';
import type { Decision } from '../../src/core/issue/decision';
import type { Note } from '../../src/core/issue/steps';
import { MARKER, NOTES, TASKS, decision, issue } from './cases';

const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(MARKER, `\n${MARKER}\n`, '<x>', '', ' '));
const anyIssue = fc
  .record({
    title: value,
    shortId: fc.option(value, { nil: undefined }),
    culprit: value,
    url: value,
    project: value,
    level: value,
    release: value,
    firstSeen: value,
    environments: fc.array(value),
    frames: fc.array(value, { maxLength: 30 }),
    tags: fc.dictionary(value, value, { maxKeys: 40 }),
  })
  .map(issue);
const input = (over: object) => ({
  issue: issue(),
  decision: decision(),
  assignee: 'anna',
  marker: MARKER,
  operatorUrl: null,
  ...over,
});

describe('renderTask', () => {
  it('gives, for any issue, one line of title and a body with the marker on its last line and no other', () => {
    fc.assert(
      fc.property(anyIssue, value, fc.constantFrom(null, 'anna', 'ewa'), (some, rule, assignee) => {
        const { title, body } = renderTask(input({ issue: some, decision: decision({ rule }), assignee }));
        expect(title).not.toMatch(/\n/);
        expect(title).not.toBe('');
        expect([...title].length).toBeLessThanOrEqual(250);
        expect(XMLValidator.validate(toAsanaHtml(body))).toBe(true);
        const lines = toAsanaText(body).split('\n');
        expect(lines.at(-1)).toBe(MARKER);
        expect(lines.filter((line) => line.replace(/^• /, '').trim() === MARKER)).toHaveLength(1);
      }),
    );
  });

  it('says why somebody or nobody is assigned', () => {
    const said = (name: keyof typeof TASKS) => toAsanaText(renderTask(TASKS[name] ?? input({})).body);
    expect(said('plain')).toContain('The rule "payments" chose anna.');
    expect(said('plain')).toContain('piotr: not available');
    expect(said('nobody available')).toContain('Nobody was available. It is decided again on 2026-11-23 08:00 UTC');
    expect(said('availability unknown')).toContain('Calamari could not be asked');
    expect(said('unknown to Asana')).toContain('The rule "payments" chose anna. Assignee unknown to Asana');
    expect(said('assigned by hand')).toContain('The rule "payments" chose anna. Since then a person chose ewa.');
  });

  it('names people and times as people do: by name, and in the zone of the rules', () => {
    const reasons: Decision['reasons'] = [
      { person: 'piotr', name: 'Piotr of then', kept: false, because: 'not available' },
      { person: 'anna', name: 'Anna of then', kept: true, because: 'chosen' },
    ];
    const given = input({ decision: decision({ reasons }), assignee: 'ewa', zone: 'Europe/Warsaw' });
    const nameOf = (person: string) => ({ anna: 'Anna Nowak', ewa: 'Ewa Wójcik' })[person];
    const text = toAsanaText(renderTask({ ...given, nameOf }).body);
    expect(text).toContain('chose Anna Nowak. Since then a person chose Ewa Wójcik.');
    expect(text).toContain('Piotr of then: not available');
    expect(text).toMatch(/^First: [\d-]+ [\d:]+ Europe\/Warsaw$/m);
  });

  it('claims of nobody that they have the task: that is for Asana to say', () => {
    for (const given of Object.values(TASKS)) {
      const text = toAsanaText(renderTask(given).body);
      expect(text).not.toMatch(/is assigned to|was assigned|^Why \w+$|assigned since|Assigned to/m);
      expect(text).toContain('How it was decided');
    }
  });

  it('scrubs what was not scrubbed before', () => {
    const leaky = issue({
      title: 'a@b.example',
      frames: ['password=x'],
      tags: { t: 'Bearer abc123456' },
      release: '10.1.2.3',
    });
    const { title, body } = renderTask(input({ issue: leaky }));
    expect(title + toAsanaText(body)).not.toMatch(/a@b|=x|abc123456|10\.1\.2\.3/);
  });

  it('names what it leaves out', () => {
    const long = issue({
      frames: Array.from({ length: 25 }, (_, i) => `f${i}`),
      tags: Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`t${i}`, 'v'])),
    });
    const text = toAsanaText(renderTask(input({ issue: long })).body);
    expect(text).toContain('and 5 more');
    expect(text).toContain('and 1 more');
  });
});

describe('renderNote', () => {
  const facts = fc.dictionary(
    fc.constantFrom(
      'events',
      'users',
      'by',
      'to',
      'rule',
      'release',
      'resolvedAt',
      'resolvedBy',
      'number',
      'was',
      'because',
      'again',
    ),
    fc.oneof(value, fc.integer(), fc.double()),
  );
  it('renders any kind with any facts', () => {
    const kinds = Object.values(NOTES).map((note) => note.say);
    fc.assert(
      fc.property(fc.constantFrom<Note['say']>(...kinds), facts, anyIssue, (say, given, some) => {
        const note: Note = { key: 'k', say, facts: given };
        expect(XMLValidator.validate(toAsanaHtml(renderNote(note)))).toBe(true);
        expect(toSlackMrkdwn(renderNote(note, { issue: some, assignee: null }))).not.toMatch(/<[!@#]|undefined|NaN/);
      }),
    );
  });

  it('says nothing of a number that is none', () => {
    for (const by of [NaN, Infinity, -Infinity])
      expect(toAsanaText(renderNote({ key: 'k', say: 'resolved', facts: { by } }))).toBe(
        toAsanaText(renderNote({ key: 'k', say: 'resolved', facts: {} })),
      );
  });

  it('tells a regression as a story', () => {
    expect(toAsanaText(renderNote(NOTES.regressed ?? { key: '', say: 'gone', facts: {} }))).toBe(
      'It was resolved on 2026-11-20 09:30 UTC by anna and is back. Regression no. 2. Release checkout-api@1.2.4. anna had it before. The task is open again.',
    );
  });
});

describe('explainText', () => {
  it('counts a rule as matched by its own entry, or else by all of its predicates', () => {
    const text = explainText(
      decision({
        reasons: [
          { rule: 'a', matched: true, predicate: 'level' },
          { rule: 'a', matched: false, predicate: 'title', saw: '' },
          { rule: 'b', matched: true },
        ],
      }),
    );
    expect(text).toContain('  ✗ a\n      ✓ level\n      ✗ title (saw "")\n  ✓ b\nCandidates\n  nobody was considered');
  });
});
