import t from 'tap'
import {
  approximateSize,
  formatDuration,
  formatSize,
  parseCount,
  parseDuration,
  parseSize,
} from '../../src/cli/units.js'

t.test('sizes are read as people write them', async t => {
  for (const [text, bytes] of [
    ['0', 0],
    ['1500', 1500],
    ['1B', 1],
    ['1k', 1024],
    ['16MiB', 16 * 2 ** 20],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['2MB', 2_000_000],
    ['1TiB', 2 ** 40],
  ] as const) {
    t.equal(parseSize(text), bytes, text)
  }
})

t.test('times are read as people write them, bare numbers as milliseconds', async t => {
  for (const [text, ms] of [
    ['250', 250],
    ['250ms', 250],
    ['1.5s', 1500],
    ['30s', 30_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
  ] as const) {
    t.equal(parseDuration(text), ms, text)
  }
})

t.test('what is not exactly a quantity is refused', async t => {
  for (const text of [
    '',
    ' ',
    '-1',
    '+1',
    '1e3',
    '0x10',
    '1XB',
    '16 Mi B',
    'MiB',
    'NaN',
    'Infinity',
    '1.0001B',
    '9'.repeat(16),
  ]) {
    t.equal(parseSize(text), undefined, `size ${text}`)
    t.equal(parseDuration(text), undefined, `time ${text}`)
  }
  for (const text of ['1.5', '-1', '1e3', '0x10', '1_000', '１', ''])
    t.equal(parseCount(text), undefined, text)
})

t.test('sizes and times are written so that reading them gives them back', async t => {
  for (const bytes of [0, 1, 1024, 1500, 16 * 2 ** 20, 2 ** 30, 3 * 2 ** 40])
    t.equal(parseSize(formatSize(bytes)), bytes)
  for (const ms of [0, 5, 1000, 1500, 30_000]) t.equal(parseDuration(formatDuration(ms)), ms)
  t.equal(approximateSize(0), '0 B')
  t.equal(approximateSize(1_290_000), '1.23 MiB')
})
