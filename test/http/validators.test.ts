// Conditional requests of RFC 9110 §13 as a table.
import t from 'tap'
import { checkPreconditions, type Precondition, quoteTag } from '../../src/http/validators.js'

const CASES: ReadonlyArray<
  readonly [ifMatch: string | undefined, ifNoneMatch: string | undefined, Precondition]
> = [
  [undefined, undefined, 'proceed'],
  [undefined, '"a"', 'not-modified'],
  [undefined, 'W/"a"', 'not-modified'],
  [undefined, '*', 'not-modified'],
  [undefined, '"b", "a"', 'not-modified'],
  [undefined, '"b","c"', 'proceed'],
  [undefined, 'a', 'proceed'],
  [undefined, '"A"', 'proceed'],
  [undefined, '', 'proceed'],
  ['"a"', undefined, 'proceed'],
  ['*', undefined, 'proceed'],
  ['"b", "a"', undefined, 'proceed'],
  ['W/"a"', undefined, 'failed'],
  ['"b"', undefined, 'failed'],
  ['', undefined, 'failed'],
  ['"a"', '"a"', 'not-modified'],
  ['"b"', '"a"', 'failed'],
]

t.test('If-Match compares strongly, If-None-Match weakly, and If-Match goes first', async t => {
  for (const [ifMatch, ifNoneMatch, verdict] of CASES) {
    const found = checkPreconditions({ ifMatch, ifNoneMatch }, 'a')
    t.equal(found, verdict, `If-Match: ${ifMatch} / If-None-Match: ${ifNoneMatch}`)
  }
})

t.test('a long hostile list is scanned in linear time', async t => {
  const list = 'W/"'.repeat(5_000)
  t.equal(checkPreconditions({ ifMatch: undefined, ifNoneMatch: list }, 'a'), 'proceed')
})

t.test('tags travel in quotes', async t => {
  t.equal(quoteTag('abc'), '"abc"')
})
