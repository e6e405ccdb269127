import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import {
  ASANA_MAX,
  SLACK_MAX,
  SLACK_SECTION_MAX,
  safeUrl,
  taskBody,
  toAsanaHtml,
  toAsanaText,
  toSlackBlocks,
  toSlackMrkdwn,
} from '../../src/text/markup';
import { clean } from '../../src/text/scrub';
import type { Markup } from '../../src/text/fit';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '<b>',
    '</body>',
    '&amp;',
    ']]>',
    '"',
    '\n',
    '@here',
    '<!channel>',
    '`',
    '*',
    '|',
    '\ud800',
    '<',
    '&lt;',
    ' ',
  ),
);
const url = fc.oneof(
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.constantFrom(
    'javascript:alert(1)',
    'https://a.b/?x="<>&y=|',
    'http://u:p@h/',
    'data:text/html,x',
    '',
    'ftp://x',
    '//x',
  ),
);
const { markup } = fc.letrec<{ markup: Markup; node: Markup[number] }>((tie) => ({
  markup: fc.array(tie('node'), { maxLength: 5, depthIdentifier: 'markup' }),
  node: fc.oneof(
    { depthIdentifier: 'markup', maxDepth: 4 },
    text,
    fc.record({ code: text }),
    fc.record({ link: url, text }),
    fc.record({ bold: tie('markup') }),
    fc.record({ list: fc.array(tie('markup'), { maxLength: 3 }) }),
  ),
}));

const unescape = (html: string) =>
  html.replace(/&(amp|lt|gt|quot);/g, (_all, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? '');
/** What a reader sees, by another way than the renderer's. Bullets and line ends of lists do not count. */
const visible = (nodes: Markup): string =>
  nodes
    .map((node) => {
      if (typeof node === 'string') return clean(node);
      if ('code' in node) return clean(node.code);
      if ('link' in node) return clean(node.text) || clean(node.link);
      return 'bold' in node ? visible(node.bold) : node.list.map(visible).join('');
    })
    .join('');
const bare = (shown: string) => shown.replace(/[\s•]/g, '');

describe('toAsanaHtml, for any markup', () => {
  it('is well-formed XML of the allowed tags, and says what the markup says', () => {
    fc.assert(
      fc.property(markup, (m) => {
        const html = toAsanaHtml(m);
        expect(XMLValidator.validate(html)).toBe(true);
        expect(() => new XMLParser().parse(html) as unknown).not.toThrow();
        expect(html).toMatch(/^<body>[^]*<\/body>$/);
        const tags = [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
        for (const tag of tags)
          expect(tag).toMatch(/^<\/?(?:body|strong|code|ul|li|a)>$|^<a href="https?:\/\/[^"<>]*">$/);
        expect(html).not.toMatch(/&(?!(?:amp|lt|gt|quot);)/);
        expect(bare(unescape(html.replace(/<[^>]*>/g, '')))).toBe(bare(visible(m)));
      }),
      { numRuns: 1000 },
    );
  });

  it('has no block in bold text and no empty list', () => {
    expect(toAsanaHtml([{ bold: ['a', { list: [['b']] }] }])).toBe('<body><strong>a\n• b\n</strong></body>');
    expect(toAsanaHtml([{ list: [[''], []] }, { bold: [] }, { code: '' }])).toBe('<body></body>');
  });

  it('links to http and https only', () => {
    expect(toAsanaHtml([{ link: 'javascript:alert(1)', text: 'x' }])).toBe('<body>x</body>');
    expect(toAsanaHtml([{ link: 'https://a.b/?x=1&y="', text: '<x>' }])).toBe(
      '<body><a href="https://a.b/?x=1&amp;y=%22">&lt;x&gt;</a></body>',
    );
    expect(safeUrl('https://user:pw@a.b/')).toBeNull();
  });
});

describe('taskBody', () => {
  it('keeps the marker alone on the last line, whatever comes before and however long it is', () => {
    fc.assert(
      fc.property(markup, fc.constantFrom(0, 10, ASANA_MAX, 2 * ASANA_MAX), (m, length) => {
        const body = taskBody([...m, '"<&'.repeat(length / 3), { list: [['x'.repeat(length)]] }], 'sentry:acme:4711');
        const html = toAsanaHtml(body);
        expect(html.endsWith('\nsentry:acme:4711</body>')).toBe(true);
        expect(html.length).toBeLessThanOrEqual(ASANA_MAX);
        expect(XMLValidator.validate(html)).toBe(true);
        expect(toAsanaText(body).split('\n').at(-1)).toBe('sentry:acme:4711');
      }),
      { numRuns: 60 },
    );
  });

  it('cuts long text visibly', () => {
    const html = toAsanaHtml(taskBody([{ bold: ['&'.repeat(ASANA_MAX)] }], 'm'));
    expect(html).toMatch(/^<body><strong>(?:&amp;)+…<\/strong>\nm<\/body>$/);
    expect(html.length).toBeGreaterThan(ASANA_MAX - 100);
  });
});

describe('Slack', () => {
  it('gets no control sequence but our own links, for any markup', () => {
    fc.assert(
      fc.property(markup, (m) => {
        const said = toSlackMrkdwn(m);
        expect(said.length).toBeLessThanOrEqual(SLACK_SECTION_MAX);
        for (const [whole] of said.matchAll(/<[^]*?>/g)) expect(whole).toMatch(/^<https?:\/\/[^|<>]+\|[^<>\n]*>$/);
        expect(said.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)|@(?:here|channel|everyone)\b/);
      }),
      { numRuns: 1000 },
    );
  });

  it('has bold, code, links and lists', () => {
    const m: Markup = [
      { bold: [' a*b\nc '] },
      { code: 'x`y\nz' },
      { link: 'https://a.b/|', text: 'l\nm' },
      { list: [['i'], ['j']] },
    ];
    expect(toSlackMrkdwn(m)).toBe(' *a∗b c* `xˋy z`<https://a.b/%7C|l m>\n• i\n• j\n');
  });

  it('comes in sections of 3000 and 12,000 in all', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            text,
            fc.nat(5000).map((n) => `${'<é'.repeat(n)}\n`),
          ),
          { maxLength: 12 },
        ),
        (lines) => {
          const sections = toSlackBlocks(lines).map((block) => block.text.text);
          for (const section of sections) {
            expect(section.length).toBeLessThanOrEqual(SLACK_SECTION_MAX);
            expect(section).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/);
          }
          expect(sections.join('').length).toBeLessThanOrEqual(SLACK_MAX);
        },
      ),
      { numRuns: 100 },
    );
    expect(toSlackBlocks(['a\n', { bold: ['b'] }, '\nc'])).toEqual([
      { type: 'section', text: { type: 'mrkdwn', text: 'a\n*b*\nc', verbatim: true } },
    ]);
    expect(toSlackBlocks([])).toEqual([]);
    expect(toSlackBlocks(Array.from({ length: 9 }, () => `${'x'.repeat(2500)}\n`)).length).toBe(5);
  });
});
