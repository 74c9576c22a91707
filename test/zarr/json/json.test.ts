import fc from 'fast-check'
import t from 'tap'
import {
  isJsonObject,
  type Json,
  jsonMembers,
  MAX_JSON_DEPTH,
  MAX_JSON_LENGTH,
  parseJson,
  parseJsonInTurns,
  stringifyJson,
  stringifyJsonInTurns,
} from '../../../src/zarr/json/json.js'
import { codeOf, failureOf, failureOfAsync } from '../../support/failure.js'

t.test(
  'what Python writes is read: bare NaN and infinities, exact integers, the last of two names',
  async t => {
    const cases: [text: string, value: unknown][] = [
      ['NaN', Number.NaN],
      ['-Infinity', Number.NEGATIVE_INFINITY],
      ['[Infinity, NaN]', [Number.POSITIVE_INFINITY, Number.NaN]],
      ['9007199254740991', 9007199254740991],
      ['9007199254740993', 9007199254740993n],
      ['-9223372036854775808', -9223372036854775808n],
      ['18446744073709551615', 18446744073709551615n],
      ['1e400', Number.POSITIVE_INFINITY],
      ['-0', 0],
      ['-0.0', -0],
      ['0.1e1', 1],
      ['1E+2', 100],
      [' \t\r\n[ ] ', []],
      ['\ufeff{}', {}],
      ['{"a":1,"b":2,"a":3}', { a: 3, b: 2 }],
      ['"\\u00e9\\n\\"\\/\\ud83d\\ude80é"', 'é\n"/🚀é'],
      ['"\\ud800"', '\ud800'],
      ['true', true],
      ['null', null],
    ]
    for (const [text, value] of cases) {
      t.same(parseJson(text), value, text)
      t.same(parseJson(Buffer.from(text)), text === '"\\ud800"' ? '\ud800' : value, `bytes of ${text}`)
    }
    t.ok(Object.is(parseJson('-0.0'), -0))
    t.ok(Object.is(parseJson('-0'), 0))
  },
)

t.test('what no parser reads is refused, saying where', async t => {
  const texts = [
    '',
    ' ',
    '{',
    '[1,]',
    '[1 2]',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    "{'a':1}",
    '{"a":1,}',
    '01',
    '1.',
    '.5',
    '+1',
    '1e',
    '0x10',
    'nan',
    'Nan',
    'infinity',
    '-',
    '--1',
    '-NaN',
    'undefined',
    '"\n"',
    '"\u0000"',
    '"abc',
    '"\\x"',
    '"\\u12"',
    '"\\u12g4"',
    '1 1',
    '{} x',
    '[}',
    '{]',
    '// c\n1',
    '\u00a01',
  ]
  for (const text of texts)
    t.equal(
      codeOf(() => parseJson(text)),
      'METADATA_INVALID',
      JSON.stringify(text),
    )
  t.equal(
    codeOf(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22))),
    'METADATA_INVALID',
    'not UTF-8',
  )
  const failure = failureOf(() => parseJson('{"shape": [1, oops]}'))
  t.same(failure?.facts, { position: 14 })
  t.match(failure?.message, /position 14: expected a value, found "oops\]\}"/)
})

t.test('every proper prefix of a document is refused', async t => {
  const text = '{"a":[1.5,true,"x\\n"],"b":{"c":null}}'
  for (let end = 0; end < text.length; end++) {
    t.equal(
      codeOf(() => parseJson(text.slice(0, end))),
      'METADATA_INVALID',
      text.slice(0, end),
    )
  }
})

t.test('names like __proto__ and toString are members and change no prototype', async t => {
  const object = parseJson('{"__proto__":{"polluted":1},"toString":2,"constructor":3}')
  t.ok(isJsonObject(object))
  if (!isJsonObject(object)) return
  t.same(Object.keys(object), ['__proto__', 'toString', 'constructor'])
  t.equal(({} as Record<string, unknown>).polluted, undefined)
  t.equal((object as Record<string, unknown>).polluted, undefined)
  t.equal(Object.getPrototypeOf(object), null)
  t.equal(stringifyJson(object), '{"__proto__":{"polluted":1},"toString":2,"constructor":3}')
})

t.test('what the values take in memory is bounded, but for what is only checked', async t => {
  const listOf = (item: string, count: number): string => `[${Array(count).fill(item).join(',')}]`
  for (const item of ['{}', '[0,1]', '{"a":0}']) {
    const list = listOf(item, 500_000)
    t.equal(
      codeOf(() => parseJson(list)),
      'METADATA_UNSUPPORTED',
      item,
    )
    t.equal((await jsonMembers(`{"a":${list}}`)).get('a'), list)
    const document = `{"a":1,"b":${list},"c":{"b":2}}`
    t.same(await parseJsonInTurns(document, { without: 'b' }), { a: 1, c: { b: 2 } })
    const broken = await failureOfAsync(() =>
      parseJsonInTurns(document.replace('},', '} '), { without: 'b' }),
    )
    t.equal(broken?.code, item === '[0,1]' ? undefined : 'METADATA_INVALID')
  }
  t.equal((parseJson(listOf('1.5', 1_500_000)) as number[]).length, 1_500_000)
})

t.test('size, depth and digits are bounded', async t => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  t.equal(
    codeOf(() => parseJson(nested(MAX_JSON_DEPTH))),
    'none',
  )
  t.equal(
    codeOf(() => parseJson(nested(MAX_JSON_DEPTH + 1))),
    'METADATA_UNSUPPORTED',
  )
  t.equal(
    codeOf(() => parseJson('['.repeat(1_000_000))),
    'METADATA_UNSUPPORTED',
  )
  t.equal(
    codeOf(() => parseJson(Buffer.alloc(MAX_JSON_LENGTH + 1, ' '))),
    'METADATA_UNSUPPORTED',
  )
  t.equal(
    codeOf(() => parseJson('9'.repeat(4300))),
    'none',
  )
  t.equal(
    codeOf(() => parseJson('9'.repeat(100_000))),
    'METADATA_INVALID',
  )
})

const json: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>(tie => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(null, true, false, '', '__proto__'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.bigInt().filter(value => !Number.isSafeInteger(Number(value))),
    fc.string({ unit: 'binary' }),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('json'), { maxKeys: 4, noNullPrototype: false }),
  ),
})).json

t.test('what is written is read back as the same value, and other parsers read it too', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(json, value => {
        const text = stringifyJson(value)
        const back = parseJson(text)
        return stringifyJson(back) === text && sameValue(back, value) && JSON.parse(text) !== undefined
      }),
      { numRuns: 500 },
    ),
  )
})

t.test('text that JSON.parse reads gives what JSON.parse gives, but for integers it cannot hold', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.json({ depthSize: 'small' }), fc.constantFrom('', ' ', '\n\t'), (text, space) => {
        const value = parseJson(`${space}${text}${space}`)
        return sameValue(value, withExactIntegers(JSON.parse(text)))
      }),
      { numRuns: 500 },
    ),
  )
})

/** As this parser tells numbers: -0 and large floats are written by JSON.stringify as integers. */
function withExactIntegers(value: Json): Json {
  if (typeof value === 'number') {
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && !/e/.test(String(value)))
      return BigInt(String(value))
    return value === 0 ? 0 : value
  }
  if (Array.isArray(value)) return value.map(withExactIntegers)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withExactIntegers(item)]))
}

function sameValue(a: Json, b: Json): boolean {
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]))
  if (!isJsonObject(a)) return Object.is(a, b)
  const names = Object.keys(a)
  return (
    isJsonObject(b) &&
    names.length === Object.keys(b).length &&
    names.every(name => Object.hasOwn(b, name) && sameValue(a[name], b[name]))
  )
}

t.test('non-finite numbers are written as asked', async t => {
  const value = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 2n ** 64n]
  t.equal(stringifyJson(value), '["NaN","Infinity","-Infinity",1,18446744073709551616]')
  t.equal(stringifyJson(value, { nonFinite: 'null' }), '[null,null,null,1,18446744073709551616]')
  t.equal(stringifyJson(value, { nonFinite: 'python' }), '[NaN,Infinity,-Infinity,1,18446744073709551616]')
  t.equal(stringifyJson(-0), '-0.0')
  t.equal(stringifyJson(2 ** 60), '1152921504606847000.0', 'a float stays one')
})

t.test('members keep the digits and spelling of their values', async t => {
  const members = await jsonMembers(' {"a" : 1.0 ,"b":{"x": 1e5} , "c": NaN, "a": 2.50, "\\u0064":[ ]} ')
  t.same(
    [...members],
    [
      ['a', '2.50'],
      ['b', '{"x": 1e5}'],
      ['c', 'NaN'],
      ['d', '[ ]'],
    ],
  )
  t.same([...(await jsonMembers('{}'))], [])
  for (const text of ['[]', '1', '', '{"a":1} 2', '{"a":}']) {
    t.equal((await failureOfAsync(() => jsonMembers(text)))?.code, 'METADATA_INVALID', text)
  }
})

t.test(
  'members asked for in strict JSON have NaN and infinities quoted, and are the same otherwise',
  async t => {
    const many = 5000
    const text = `{"a":${'[NaN,'.repeat(3)}1${']'.repeat(3)},"b":[${'-Infinity, '.repeat(many)}"NaN"]}`
    const members = await jsonMembers(text, { nonFinite: 'string' })
    t.equal(members.get('a'), '["NaN",["NaN",["NaN",1]]]')
    t.equal(members.get('b'), `[${'"-Infinity", '.repeat(many)}"NaN"]`)
    await fc.assert(
      fc.asyncProperty(fc.json(), async value => {
        const document = `{"x":${value}}`
        const strict = await jsonMembers(document, { nonFinite: 'string' })
        t.same(strict.get('x'), (await jsonMembers(document)).get('x'))
      }),
      { numRuns: 200 },
    )
  },
)

t.test('a document read and written in turns is the same, and others have theirs', async t => {
  const list = (count: number) => Array.from({ length: count }, (_, i) => i)
  const value: Json = {
    list: list(200_000),
    members: Object.fromEntries(list(50_000).map(i => [`m${i}`, [i, { i: null }]])),
    long: 'x'.repeat(2 ** 18 * 2 + 1),
    exact: 'y'.repeat(2 ** 18),
    escapes: '\n"\u00e9'.repeat(50_000),
    [`name ${'\n'.repeat(50_000)}`]: true,
  }
  let turns = 0
  const count = (): void => {
    turns++
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  t.teardown(() => clearImmediate(timer))
  const text = await stringifyJsonInTurns(value)
  const between = turns
  const back = await parseJsonInTurns(text)
  const members = await jsonMembers(text)
  clearImmediate(timer)
  t.ok(between > 1 && turns > between + 1, `${between} and ${turns - between} turns`)
  t.equal(text, JSON.stringify(value))
  t.equal(text, stringifyJson(value))
  t.ok(sameValue(back, value))
  t.ok(sameValue(parseJson(text), value))
  t.same([...members.keys()], Object.keys(value))
  t.ok(Object.keys(value).every(name => members.get(name) === JSON.stringify(value[name])))
})

t.test('long texts, with and without what has to be escaped', async t => {
  const long = 'x'.repeat(70_000)
  const endings = [
    '',
    '"',
    '\\',
    '\n',
    '\u001f',
    '\u007f',
    '\ud800',
    '\udfff',
    '\u{1f600}',
    'é',
    '\u2028',
    '\uffff',
  ]
  for (const ending of endings) {
    const value = { text: long + ending, [long + ending]: 1 }
    t.ok(stringifyJson(value) === JSON.stringify(value), `U+${ending.codePointAt(0)?.toString(16)}`)
  }
})

t.test('a list longer than one piece is put together in its order, lists in it stay lists', async t => {
  for (const length of [16_383, 16_384, 16_385, 50_000]) {
    const text = JSON.stringify(Array.from({ length }, (_, i) => (i % 3 === 0 ? [i, [i]] : i)))
    t.equal(JSON.stringify(parseJson(text)), text, `${length}`)
  }
})

t.test('an object of more members than are read is refused, unless it is left out', async t => {
  const members = Array.from({ length: 2 ** 17 + 1 }, (_, i) => `"${i}":0`)
  t.equal(
    codeOf(() => parseJson(`{${members.join()}}`)),
    'METADATA_UNSUPPORTED',
  )
  t.equal(Object.keys(parseJson(`{${members.slice(1).join()}}`) as object).length, 2 ** 17)
  t.same({ ...((await parseJsonInTurns(`{"a":{${members.join()}}}`, { without: 'a' })) as object) }, {})
})
