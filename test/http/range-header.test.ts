// The Range verdicts of RFC 9110 §14 as a table.
import t from 'tap'
import {
  contentRange,
  decideRange,
  type RangeVerdict,
  unsatisfiedContentRange,
} from '../../src/http/range-header.js'

const whole: RangeVerdict = { kind: 'whole' }
const unsatisfiable: RangeVerdict = { kind: 'unsatisfiable' }
const part = (byteOffset: number, byteLength: number): RangeVerdict => ({
  kind: 'part',
  byteOffset,
  byteLength,
})

const CASES: ReadonlyArray<readonly [header: string | undefined, byteLength: number, verdict: RangeVerdict]> =
  [
    [undefined, 10, whole],
    ['bytes=0-0', 10, part(0, 1)],
    ['bytes=0-9', 10, part(0, 10)],
    ['bytes=2-5', 10, part(2, 4)],
    ['bytes=2-', 10, part(2, 8)],
    ['bytes=9-', 10, part(9, 1)],
    ['bytes=-1', 10, part(9, 1)],
    ['bytes=-10', 10, part(0, 10)],
    ['bytes=-11', 10, part(0, 10)],
    ['bytes=2-100', 10, part(2, 8)],
    ['bytes=2-99999999999999999999', 10, part(2, 8)],
    ['BYTES=2-5', 10, part(2, 4)],
    ['bytes= 2-5 ', 10, part(2, 4)],
    ['bytes=10-', 10, unsatisfiable],
    ['bytes=10-20', 10, unsatisfiable],
    ['bytes=99999999999999999999-', 10, unsatisfiable],
    ['bytes=-0', 10, unsatisfiable],
    ['bytes=0-', 0, unsatisfiable],
    ['bytes=0-0', 0, unsatisfiable],
    ['bytes=-5', 0, whole],
    ['bytes=5-2', 10, whole],
    ['bytes=-', 10, whole],
    ['bytes=', 10, whole],
    ['bytes', 10, whole],
    ['', 10, whole],
    ['bytes=a-b', 10, whole],
    ['bytes=1-2x', 10, whole],
    ['bytes=1.0-2', 10, whole],
    ['bytes=+1-2', 10, whole],
    ['bytes=0x1-2', 10, whole],
    ['bytes=1 - 2', 10, whole],
    ['bytes=0-1,3-4', 10, whole],
    ['items=0-1', 10, whole],
    ['bytes=999999999999999999999-', 10, whole],
  ]

t.test('every form of Range gets its verdict', async t => {
  for (const [range, byteLength, verdict] of CASES) {
    const found = decideRange({ range, ifRange: undefined }, byteLength, 'tag')
    t.strictSame(found, verdict, `${range} of ${byteLength} bytes`)
  }
})

t.test('If-Range lets the range through only for the current strong tag', async t => {
  const verdict = (ifRange: string) => decideRange({ range: 'bytes=0-1', ifRange }, 10, 'tag').kind
  t.equal(verdict('"tag"'), 'part')
  t.equal(verdict('"other"'), 'whole')
  t.equal(verdict('W/"tag"'), 'whole', 'a weak tag never matches')
  t.equal(verdict('Tue, 01 Jan 2030 00:00:00 GMT'), 'whole', 'a date never matches: no Last-Modified is sent')
})

t.test('an unsatisfiable range whose If-Range is stale is ignored, not refused', async t => {
  t.equal(decideRange({ range: 'bytes=50-', ifRange: '"old"' }, 10, 'tag').kind, 'whole')
})

t.test('Content-Range names inclusive bounds and the true total', async t => {
  t.equal(contentRange(2, 4, 10), 'bytes 2-5/10')
  t.equal(unsatisfiedContentRange(10), 'bytes */10')
})
