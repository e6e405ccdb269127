/** Text that is cut to size, and cleaned: masked before that. */
import fc from 'fast-check';
import { clean, truncate, scrubStart } from '../../src/text/scrub';

describe('text is masked before it is cut', () => {
  const SECRETS: [string, RegExp][] = [
    ['postgres://app:hunter2-hunter2-hunter2@db/x', /hunter2/],
    [`ghp_${'a1B2'.repeat(9)}`, /a1B2/],
    ['anna.kowalska@accounting.example.com', /kowalska/],
    ['4111 1111 1111 1111', /4111/],
    ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', /wJalr/],
    ['password="correct horse battery staple"', /correct/],
    ['Authorization: Bearer abc.def.ghi', /abc/],
  ];
  it.each(SECRETS)('%s shows no half of itself, wherever the reader stops', (secret, half) => {
    for (let max = 900; max < 1_000; max++)
      expect(scrubStart(`${'x '.repeat(450)}${secret} and more`, max)).not.toMatch(half);
  });

  it('and what stands before it is shown', () => {
    expect(scrubStart(`${'x '.repeat(1_000)}`, 1_800)).toHaveLength(1_800 - 700);
    expect(scrubStart('short', 1_800)).toBe('short');
    expect(scrubStart(`pw=${'x'.repeat(5_000)}`, 1_800)).toBe('pw=[secret]');
  });
});

describe('cut', () => {
  it('counts code points and never halves one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.integer({ min: 0, max: 40 }), (text, max) => {
        const points = [...text];
        const expected = points.length <= max ? text : max === 0 ? '' : `${points.slice(0, max - 1).join('')}…`;
        expect(truncate(text, max)).toBe(expected);
      }),
    );
    expect(truncate('🔥🔥🔥', 2)).toBe('🔥…');
    expect(truncate('🔥🔥', 2)).toBe('🔥🔥');
  });
});

describe('clean', () => {
  it('drops colours, orders to the display and lone surrogates, and makes line ends LF', () => {
    expect(clean('\u001b[1;31mred\u001b[0m\r\nb\rc\u202e\ud800\u0085')).toBe('red\nb\nc');
  });
});
