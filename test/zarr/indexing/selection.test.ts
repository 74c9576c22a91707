import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { isZipzarrError } from '../../../src/errors.js'
import { itemAt } from '../../../src/zarr/indexing/indexer.js'
import {
  formatSelection,
  type ResolvedAxis,
  resolveSelection,
  safeProduct,
} from '../../../src/zarr/indexing/resolved-selection.js'
import {
  MAX_SELECTION_LENGTH,
  parseSelection,
  parseSelectionJson,
} from '../../../src/zarr/indexing/selection.js'

function items(axis: ResolvedAxis): number[] {
  return Array.from({ length: axis.count }, (_, position) => itemAt(axis, position))
}

function select(text: string, shape: number[]) {
  return resolveSelection(parseSelection(text), shape)
}

type Checker = Pick<typeof t, 'ok' | 'match' | 'fail'>

function refused(t: Checker, run: () => unknown, message: RegExp, code = 'INVALID_SELECTION') {
  try {
    run()
  } catch (error) {
    t.ok(isZipzarrError(error), 'is a ZipzarrError')
    t.match(error, { code, message })
    return
  }
  t.fail('was accepted')
}

t.test('every slice of short dimensions gives the items that Python gives', async t => {
  // Expected: the same table printed by CPython 3.11 from `list(range(length))[slice(a, b, step)]`.
  const hash = createHash('sha256')
  const bounds = ['', ...Array.from({ length: 13 }, (_, i) => String(i - 6))]
  for (let length = 0; length < 6; length++) {
    for (const step of ['', ':-7', ':-3', ':-2', ':-1', ':1', ':2', ':3', ':7']) {
      for (const start of bounds) {
        for (const stop of bounds) {
          const text = `${start}:${stop}${step}`
          hash.update(`${length} ${text} ${items(select(text, [length]).axes[0]).join(',')}\n`)
        }
      }
    }
  }
  t.equal(hash.digest('hex'), '2d850ee66558f233cdfac3529b8a7b6313128cf09f0c34176ab05756173bd23d')
})

t.test('a selection text means what NumPy means by it', async t => {
  const cases: [text: string, shape: number[], result: number[], canonical: string][] = [
    ['', [4, 5], [4, 5], '0:4,0:5'],
    ['  ', [4], [4], '0:4'],
    ['', [], [], '...'],
    ['...', [], [], '...'],
    ['...', [4, 5], [4, 5], '0:4,0:5'],
    ['1', [4, 5], [5], '1,0:5'],
    ['-1', [4, 5], [5], '3,0:5'],
    ['-0', [4], [], '0'],
    ['1,2', [4, 5], [], '1,2'],
    [':,2', [4, 5], [4], '0:4,2'],
    ['...,2', [4, 5, 6], [4, 5], '0:4,0:5,2'],
    ['1,...', [4, 5, 6], [5, 6], '1,0:5,0:6'],
    ['1,...,2', [4, 5, 6], [5], '1,0:5,2'],
    ['1,2,3,...', [4, 5, 6], [], '1,2,3'],
    ['...,1,2,3', [4, 5, 6], [], '1,2,3'],
    ['2:', [4], [2], '2:4'],
    [':7', [4], [4], '0:4'],
    ['2:7', [9], [5], '2:7'],
    ['2:7:2', [9], [3], '2:7:2'],
    ['::2', [9], [5], '0:9:2'],
    ['-3:', [9], [3], '6:9'],
    ['::-1', [9], [9], '8::-1'],
    ['7:2:-2', [9], [3], '7:2:-2'],
    ['::-3', [9], [3], '8:1:-3'],
    ['5:5', [9], [0], '0:0'],
    ['8:2', [9], [0], '0:0'],
    ['100:200', [9], [0], '0:0'],
    ['3:4:5', [9], [1], '3:4'],
    ['3:2:-5', [9], [1], '3:4'],
    ['[0,4,8]', [9], [3], '[0,4,8]'],
    ['[-1,0,-1]', [9], [3], '[8,0,8]'],
    ['[]', [9], [0], '[]'],
    ['[3]', [9], [1], '[3]'],
    [' [ 1 , 2 ] , 3 : 4 : 1 , ... , - 1'.replace('- 1', '-1'), [9, 9, 9, 9], [2, 1, 9], '[1,2],3:4,0:9,8'],
    ['\t1\t:\t2\t', [9], [1], '1:2'],
    ['0:3,:', [0, 5], [0, 5], '0:0,0:5'],
    ['999999999999999:', [9], [0], '0:0'],
    [':-999999999999999', [9], [0], '0:0'],
    ['007', [9], [], '7'],
  ]
  for (const [text, shape, result, canonical] of cases) {
    const selection = select(text, shape)
    t.same(selection.shape, result, `shape of ${JSON.stringify(text)} of [${shape}]`)
    t.equal(formatSelection(selection), canonical, `canonical text of ${JSON.stringify(text)}`)
    t.equal(
      selection.itemCount,
      result.reduce((a, b) => a * b, 1),
    )
  }
})

t.test('a text that is no selection is refused, saying what was expected where', async t => {
  const cases: [text: string, message: RegExp][] = [
    [',', /expected an integer, a slice, "\[" or "..." at character 0, found ","/],
    ['1,', /at character 2, found the end/],
    ['1,,2', /at character 2/],
    ['a', /at character 0, found "a"/],
    ['1 2', /expected "," or the end at character 2/],
    ['1:2:3:4', /expected "," or the end at character 5/],
    ['1e9', /at character 1, found "e"/],
    ['0x10', /at character 1, found "x"/],
    ['1_000', /at character 1/],
    ['1.5', /at character 1/],
    ['+1', /at character 0/],
    ['--1', /expected digits at character 1/],
    ['- 1', /expected digits at character 1/],
    ['-', /expected digits at character 1, found the end/],
    ['\u0661', /at character 0/],
    ['..', /expected "\.\.\." at character 2, found the end/],
    ['. . .', /expected "\.\.\."/],
    ['....', /expected "," or the end at character 3/],
    ['...,...', /may stand only once/],
    ['[1', /expected "," or "\]" at character 2/],
    ['[1,]', /expected an integer at character 3/],
    ['[,1]', /expected an integer at character 1/],
    ['[1:2]', /expected "," or "\]" at character 2/],
    ['[[1]]', /expected an integer at character 1/],
    ['1]', /expected "," or the end at character 1/],
    ['::0', /a step is zero/],
    ['::-0', /a step is zero/],
    ['::mean(4)', /reductions such as "::mean\(4\)" are not supported/],
    ['1000000000000000', /more than 15 digits/],
    ['[1000000000000000]', /more than 15 digits/],
    ['\u0000', /found "\\u0000"/],
    ['1\n', /found "\\n"/],
    [new Array(33).fill(':').join(','), /more than 32 parts/],
    ['1'.repeat(MAX_SELECTION_LENGTH + 1), /at most 4096 are allowed/],
  ]
  for (const [text, message] of cases) {
    await t.test(JSON.stringify(text.slice(0, 40)), async t =>
      refused(t, () => parseSelection(text), message),
    )
  }
  t.equal(
    parseSelection(`...,${new Array(32).fill(':').join(',')}`).length,
    33,
    '32 dimensions and an ellipsis',
  )
})

t.test('a selection that does not fit the shape is refused', async t => {
  refused(t, () => select('9', [9]), /index 9 is out of range for dimension 0 of length 9/)
  refused(t, () => select('-10', [9]), /index -10 is out of range/)
  refused(t, () => select(':,[0,5]', [9, 5]), /index 5 is out of range for dimension 1 of length 5/)
  refused(t, () => select('0', [0]), /out of range for dimension 0 of length 0/)
  refused(t, () => select('1,2', [9]), /it has 2 parts, the array has 1 dimensions/)
  refused(t, () => select('0', []), /it has 1 parts, the array has 0 dimensions/)
  refused(t, () => select('...,1,2', [9]), /it has 2 parts/)
})

t.test('a JSON selection means the same as its text', async t => {
  const shape = [9, 9, 9]
  const same: [json: unknown, text: string][] = [
    [undefined, ''],
    [null, ''],
    [[], ''],
    ['1,::2', '1,::2'],
    [[1, '::2', [0, -1]], '1,::2,[0,-1]'],
    [['...', -0], '...,0'],
    [[{ start: 1, stop: null, step: -1 }], '1::-1'],
    [[{}], ':'],
    [[{ stop: 4 }], ':4'],
  ]
  for (const [json, text] of same) {
    const resolved = resolveSelection(parseSelectionJson(json), shape)
    t.same(resolved, select(text, shape), JSON.stringify(json))
  }
  const wrong = [
    5,
    true,
    {},
    [1.5],
    [null],
    [true],
    [[[1]]],
    [['1']],
    [{ step: 0 }],
    [{ begin: 1 }],
    ['1,2'],
    [2 ** 53],
  ]
  for (const json of [...wrong, ['...', '...'], new Array(40).fill(0)]) {
    await t.test(JSON.stringify(json), async t =>
      refused(t, () => parseSelectionJson(json), /not a valid selection/),
    )
  }
})

t.test('the canonical text of a selection selects the same items again', async t => {
  const part = fc.oneof(
    fc.integer({ min: -5, max: 4 }).map(String),
    fc
      .tuple(...[0, 1].map(() => fc.option(fc.integer({ min: -9, max: 9 }))), fc.integer({ min: -4, max: 4 }))
      .map(([a, b, step]) => `${a ?? ''}:${b ?? ''}${step === 0 ? '' : `:${step}`}`),
    fc.array(fc.integer({ min: -5, max: 4 }), { maxLength: 4 }).map(list => `[${list}]`),
  )
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(part, { maxLength: 3 }), parts => {
        const shape = [5, 5, 5]
        const selection = select(parts.join(','), shape)
        const again = select(formatSelection(selection), shape)
        assert.deepEqual(again.axes.map(items), selection.axes.map(items))
        assert.deepEqual(again.shape, selection.shape)
        assert.equal(formatSelection(again), formatSelection(selection))
      }),
      { numRuns: 1000 },
    ),
  )
})

t.test('the scanner never fails in another way than by refusing', async t => {
  const text = fc.string({ unit: fc.constantFrom(...'0123456789:,.-[] \tamen()'), maxLength: 30 })
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(text, text => {
        try {
          resolveSelection(parseSelection(text), [3, 4, 5])
        } catch (error) {
          if (!isZipzarrError(error) || error.code !== 'INVALID_SELECTION') throw error
        }
      }),
      { numRuns: 2000 },
    ),
  )
})

t.test('long dimensions are counted exactly', async t => {
  const length = Number.MAX_SAFE_INTEGER
  t.equal(select('::3', [length]).shape[0], Number((BigInt(length) + 2n) / 3n))
  t.equal(select('::-1', [length]).shape[0], length)
  t.equal(select('::2', [length]).shape[0], 2 ** 52)
  t.equal(select('1::2', [length]).shape[0], 2 ** 52 - 1)
})

t.test('a result of more than 2^53 items is refused as too large', async t => {
  refused(t, () => select('', [2 ** 30, 2 ** 30]), /more than 9007199254740991 items/, 'RESPONSE_TOO_LARGE')
  t.equal(safeProduct([2 ** 40, 2 ** 40, 0]), 0, 'unless a dimension is empty')
})
