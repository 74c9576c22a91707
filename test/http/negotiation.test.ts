// format= beats Accept; a wish that cannot be met names what there is.
import t from 'tap'
import { isZipzarrError } from '../../src/errors.js'
import { acceptsGzip, chooseFormat, type Offer } from '../../src/http/negotiation.js'

const OFFERS: readonly Offer[] = [
  { name: 'raw', mediaType: 'application/octet-stream' },
  { name: 'npy', mediaType: 'application/x-npy' },
  { name: 'json', mediaType: 'application/json; charset=utf-8' },
]

const choose = (format: string | undefined, accept: string | undefined) => {
  try {
    return chooseFormat({ format, accept }, OFFERS).name
  } catch (error) {
    return isZipzarrError(error) ? error.code : String(error)
  }
}

t.test('the format is chosen by name, then by Accept, then by our preference', async t => {
  const cases: ReadonlyArray<readonly [string | undefined, string | undefined, string]> = [
    [undefined, undefined, 'raw'],
    [undefined, '', 'raw'],
    [undefined, '*/*', 'raw'],
    ['json', undefined, 'json'],
    ['JSON', undefined, 'json'],
    ['application/json', undefined, 'json'],
    ['npy', 'application/json', 'npy'],
    [undefined, 'application/json', 'json'],
    [undefined, 'application/*', 'raw'],
    [undefined, 'text/html, application/json;q=0.9, */*;q=0.1', 'json'],
    [undefined, 'text/html,application/xhtml+xml,*/*;q=0.8', 'raw'],
    [undefined, 'application/octet-stream;q=0, */*', 'npy'],
    [undefined, 'application/json;q=0.5, application/x-npy;q=0.7', 'npy'],
    [undefined, 'image/png', 'NOT_ACCEPTABLE'],
    [undefined, 'application/json;q=0', 'NOT_ACCEPTABLE'],
    [undefined, 'application/json;q=nonsense', 'NOT_ACCEPTABLE'],
    ['xml', undefined, 'NOT_ACCEPTABLE'],
    ['', undefined, 'NOT_ACCEPTABLE'],
    ['__proto__', undefined, 'NOT_ACCEPTABLE'],
  ]
  for (const [format, accept, expected] of cases) {
    t.equal(choose(format, accept), expected, `format=${format} Accept: ${accept}`)
  }
})

t.test('a 406 names the supported formats', async t => {
  t.throws(() => chooseFormat({ format: 'x\n', accept: undefined }, OFFERS), {
    code: 'NOT_ACCEPTABLE',
    message: 'format "x?" is not available; supported: raw, npy, json',
    facts: { supported: [{ format: 'raw', mediaType: 'application/octet-stream' }, {}, {}] },
  })
})

t.test('gzip is sent only to those who accept it', async t => {
  const cases: ReadonlyArray<readonly [string | undefined, boolean]> = [
    [undefined, false],
    ['', false],
    ['identity', false],
    ['gzip', true],
    ['GZIP', true],
    ['x-gzip', true],
    ['gzip, deflate, br', true],
    ['br, gzip;q=0.5', true],
    ['gzip;q=0', false],
    ['gzip;q=0, *', false],
    ['*', true],
    ['*;q=0', false],
    ['deflate', false],
  ]
  for (const [header, expected] of cases) t.equal(acceptsGzip(header), expected, `Accept-Encoding: ${header}`)
})
