import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { ChunkSpec, DecodedChunk } from '../../../src/zarr/codecs/codec-pipeline.js'
import { CodecPipeline } from '../../../src/zarr/codecs/codec-pipeline.js'
import { CODECS } from '../../../src/zarr/codecs/index.js'
import type { DataType } from '../../../src/zarr/data-types/data-type.js'
import { parseDataTypeV2 } from '../../../src/zarr/data-types/data-type-v2.js'
import { type JsonObject, parseJson } from '../../../src/zarr/json/json.js'
import type { CodecSpec } from '../../../src/zarr/metadata/metadata.js'
import { corpus, fixtures } from '../../support/paths.js'
import { readZipValues } from '../../support/read-zip.js'

interface Expected {
  readonly dtype: string
  readonly shape: number[]
  readonly fortran: boolean
  readonly sha256_bytes_A_order?: string
  /** The first 64 of them. */
  readonly values?: unknown[]
}

const files = await readZipValues(readFileSync(`${corpus}numcodecs.zip`))
const expected: Record<string, Expected> = JSON.parse(
  readFileSync(`${corpus}expected/numcodecs.json`, 'utf8'),
)
/** What numcodecs itself makes of its lossy fixtures; the corpus tells only what went in. */
const lossy: Record<string, string> = JSON.parse(readFileSync(`${fixtures}codecs/corpus-hashes.json`, 'utf8'))
const FOLDER = 'numcodecs/fixture/'
const OBJECT: DataType = { name: '|O', kind: 'object', itemSize: 0, swapSize: 0 }
/** These turn values into bytes by themselves; every other codec stands behind `bytes`. */
const OBJECT_CODECS = ['json', 'json2', 'msgpack2', 'vlen-utf8', 'vlen-bytes', 'vlen-array']

function specOf({ dtype, shape }: Expected, id: string): ChunkSpec {
  const isObject = dtype === '|O' || id.startsWith('vlen-')
  const dataType = isObject ? OBJECT : parseDataTypeV2(dtype, { path: '', member: 'dtype' })
  // Fixtures of fixed size keep the order of memory, expected values are in C order.
  const flat = [shape.reduce((product, length) => product * length, 1)]
  const fillValue = isObject
    ? ({ kind: 'variable', value: null, isDefined: true } as const)
    : ({ kind: 'fixed', bytes: new Uint8Array(dataType.itemSize), isDefined: true } as const)
  return { shape: OBJECT_CODECS.includes(id) || isObject ? shape : flat, dataType, fillValue }
}

function chainOf(configuration: JsonObject, { dataType }: ChunkSpec, isFortran: boolean): CodecSpec[] {
  const codec = { name: `numcodecs.${configuration.id}`, configuration }
  const isAlone = dataType === OBJECT || OBJECT_CODECS.includes(String(configuration.id))
  if (!isAlone) return [{ name: 'bytes', configuration: {} }, codec]
  return isFortran ? [{ name: 'transpose', configuration: { order: 'F' } }, codec] : [codec]
}

/** The decoded values in the words of the expectations. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString('hex') }
  if (typeof value === 'number' && Number.isNaN(value)) return { float: 'nan' }
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
  }
  return value
}

function hashOf(chunk: DecodedChunk): string {
  const bytes = chunk.kind === 'fixed' ? chunk.bytes : new Uint8Array(0)
  return createHash('sha256').update(bytes).digest('hex')
}

function wantedValues(values: unknown[]): unknown[] {
  return values.map(value =>
    typeof value === 'object' && value !== null && 'array' in value ? value.array : value,
  )
}

const encodedNames = [...files.keys()].filter(name => /\/encoded\.\d+\.dat$/.test(name))
const folders = [
  ...new Set(encodedNames.map(name => name.slice(FOLDER.length).replace(/\/codec\..*$/, ''))),
].sort()

for (const folder of folders) {
  const names = encodedNames.filter(name => name.startsWith(`${FOLDER}${folder}/codec.`)).sort()
  const isRead = CODECS.has(`numcodecs.${folder.split('/')[0]}`)
  t.test(
    `${folder}: ${names.length} buffers of numcodecs are ${isRead ? 'decoded byte for byte' : 'refused'}`,
    async t => {
      for (const name of names) {
        const codecFolder = name.replace(/\/encoded.*$/, '')
        const configuration = parseJson(files.get(`${codecFolder}/config.json`) ?? '') as JsonObject
        const number = /encoded\.(\d+)\.dat$/.exec(name)?.[1]
        const want = expected[`${folder}/array.${number}.npy`]
        const spec = specOf(want, String(configuration.id))
        if (!isRead) {
          t.throws(
            () => CodecPipeline.resolve(chainOf(configuration, spec, want.fortran), spec),
            { code: 'CODEC_UNSUPPORTED' },
            name,
          )
          continue
        }
        const pipeline = CodecPipeline.resolve(chainOf(configuration, spec, want.fortran), spec)
        const decoded = await pipeline.decode(files.get(name) ?? Buffer.alloc(0))
        if (want.values !== undefined && decoded.kind === 'variable') {
          t.same(decoded.values.slice(0, 64).map(plain), wantedValues(want.values), name)
        } else {
          t.equal(hashOf(decoded), lossy[name.slice(FOLDER.length)] ?? want.sha256_bytes_A_order, name)
        }
      }
    },
  )
}

t.test('the corpus is the whole one', async t => {
  t.equal(encodedNames.length > 800, true, `${encodedNames.length} buffers`)
})
