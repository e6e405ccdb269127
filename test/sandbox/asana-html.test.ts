import { readRichText, toRichText } from '../../src/sandbox/asana/html';

test.each([
  ['<body></body>', ''],
  ['<body/>', ''],
  ['<body>a &amp; b &lt;c&gt; &quot;d&quot; &#x41;</body>', 'a & b <c> "d" A'],
  ['<body>x<ul><li>one</li><li>two</li></ul>marker</body>', 'x\none\ntwo\nmarker'],
  ['<body><h1>Head</h1>text\n\nmore<hr/>end</body>', 'Head\ntext\n\nmore\n-----\nend'],
  ['<body><a href="https://x.y/?a=1&amp;b=2">link</a></body>', 'link'],
  ["<body><a href='https://x.y/>'>link</a></body>", 'link'],
  ['<body>emoji 🎉 ĄĘ</body>', 'emoji 🎉 ĄĘ'],
])('%s is taken', (source, text) => {
  expect(readRichText(source, 'task')).toMatchObject({ text });
});

test.each([
  'plain',
  '',
  '<body>',
  '<body>a</Body>',
  '<body>a & b</body>',
  '<body>a &nbsp; b</body>',
  '<body>a < b</body>',
  '<body><p>a</p></body>',
  '<body><br/></body>',
  '<body><strong>a</body></strong>',
  '<body><strong class="x">a</strong></body>',
  '<body><a>a</a></body>',
  '<body><a href=x>a</a></body>',
  '<body><a href="x" href="y">a</a></body>',
  '<body>a</body>b',
  '<body>a</body><body>b</body>',
  '<body><body>a</body></body>',
  '<body>\u0000</body>',
  '<body>\u001b[31m</body>',
  '<body>&#0;</body>',
  '<body>]]></body>',
  '<body><!-- a --></body>',
  '<body><![CDATA[a]]></body>',
  '<?xml version="1.0"?><body>a</body>',
  '<body><script>a</script></body>',
])('%s is refused', (source) => {
  expect(readRichText(source, 'task')).toHaveProperty('problem');
});

test('headings are for tasks, not for comments', () => {
  expect(readRichText('<body><h1>a</h1></body>', 'comment')).toHaveProperty('problem');
});

test('plain text survives the way through rich text', () => {
  const hostile = 'a <b> && "c" </body> &amp; 🎉\n\nlast line';
  expect(readRichText(toRichText(hostile), 'task')).toMatchObject({ text: hostile });
});
