/**
 * Loaded with `node --require` into a process under test: its wall clock is ahead by the milliseconds that stand in the file
 * LC_ERRAND_TEST_CLOCK, and jumps when that file changes. What measures time without Date is left alone, as when a clock is set.
 */
const { readFileSync } = require('node:fs');
const { performance } = require('node:perf_hooks');

const READ_EVERY_MS = 50;
const Real = Date;
let offset = 0;
let readAt = -READ_EVERY_MS;

function ahead() {
  if (performance.now() - readAt >= READ_EVERY_MS) {
    readAt = performance.now();
    try {
      offset = Number(readFileSync(process.env.LC_ERRAND_TEST_CLOCK, 'utf8')) || 0;
    } catch {
      // There is no file yet: the clock is right.
    }
  }
  return Real.now() + offset;
}

globalThis.Date = class Date extends Real {
  constructor(...given) {
    if (given.length === 0) super(ahead());
    else super(...given);
  }
  static now() {
    return ahead();
  }
};
