// Decoding on threads: the same results and errors as on the event loop, and no request that waits for ever.
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { parseNodePath } from '../../../src/store/keys.js'
import { type ChunkSpec, CodecPipeline } from '../../../src/zarr/codecs/codec-pipeline.js'
import { DecodePool, type DecodePoolOptions } from '../../../src/zarr/codecs/decode-pool.js'
import { ZarrArray } from '../../../src/zarr/reading/array.js'
import { ReadResources } from '../../../src/zarr/reading/read-resources.js'
import { type CodecChunk, codecChunks } from '../../support/codec-chunks.js'
import { failureOfAsync } from '../../support/failure.js'
import { FolderStore } from '../../support/folder-store.js'
import { readItems } from '../../support/read-items.js'
import { int16Spec } from '../../support/shards.js'

const COUNT = 2 ** 16
/** Long enough for a thread. */
const LONG_COUNT = 2 ** 22
const SPEC = int16Spec([COUNT])
const BYTES = { name: 'bytes', configuration: { endian: 'big' } }
const GZIP = { name: 'gzip', configuration: {} }
const STRINGS: ChunkSpec = {
  shape: [100_000],
  dataType: { name: 'string', kind: 'string', itemSize: 0, swapSize: 0 },
  fillValue: { kind: 'variable', value: '' } as ChunkSpec['fillValue'],
}

/** Item `i` is `i` modulo 2^16, big-endian as it is stored. */
function storedItems(): Buffer {
  const bytes = Buffer.from(Uint16Array.from({ length: COUNT }, (_, i) => i % 65_536).buffer)
  return bytes.swap16()
}

function storedTexts(): Buffer {
  const texts = Array.from({ length: 100_000 }, (_, i) => Buffer.from(`text ${i}`))
  const length = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer)
  return Buffer.concat([length(texts.length), ...texts.flatMap(text => [length(text.length), text])])
}

function poolOf(options: Partial<DecodePoolOptions> = {}): DecodePool {
  return new DecodePool({ idleMs: 1, ...options })
}

t.test('a thread decodes to what the event loop does', async t => {
  const pool = poolOf()
  const codecs = [BYTES, GZIP]
  const encoded = gzipSync(storedItems(), { level: 1 })
  const here = await CodecPipeline.resolve(codecs, SPEC).decode(encoded)
  const there = await pool.decode({ codecs, spec: SPEC, encoded })
  t.ok(here.kind === 'fixed' && there.kind === 'fixed' && Buffer.compare(here.bytes, there.bytes) === 0)
  const texts = await pool.decode({
    codecs: [{ name: 'vlen-utf8', configuration: {} }],
    spec: STRINGS,
    encoded: storedTexts(),
  })
  t.ok(texts.kind === 'variable')
  if (texts.kind !== 'variable') return
  t.equal(texts.values.length, 100_000)
  t.ok(texts.values.every((text, i) => text === `text ${i}`))
})

t.test('a thread answers at least the items that are needed, in their places', async t => {
  const pool = poolOf()
  const texts = await pool.decode({
    codecs: [{ name: 'vlen-utf8', configuration: {} }],
    spec: STRINGS,
    encoded: storedTexts(),
    needed: { from: 40_000, to: 60_001 },
  })
  if (texts.kind !== 'variable') return t.fail('values')
  t.equal(texts.values.length, 100_000)
  const needed = texts.values.slice(40_000, 60_001)
  t.ok(needed.length === 20_001 && needed.every((text, i) => text === `text ${40_000 + i}`))
  const zstd = codecChunks('large-chunks.json').find(({ name }) => name === 'zstd three blocks') as CodecChunk
  const whole = await pool.decode(zstd)
  const part = await pool.decode({ ...zstd, needed: { from: 1000, to: 2000 } })
  if (whole.kind !== 'fixed' || part.kind !== 'fixed') return t.fail('bytes')
  const { itemSize } = zstd.spec.dataType
  const itemsOf = (bytes: Uint8Array) => bytes.subarray(1000 * itemSize, 2000 * itemSize)
  t.equal(part.bytes.length, whole.bytes.length)
  t.equal(Buffer.compare(itemsOf(part.bytes), itemsOf(whole.bytes)), 0)
})

t.test('what takes long goes to the pool, what does not stays', async t => {
  const tasks: number[] = []
  const offload = {
    decode: async ({ encoded }: { encoded: Uint8Array }) => {
      tasks.push(encoded.length)
      return { kind: 'fixed' as const, bytes: new Uint8Array(0) }
    },
  }
  const bytes = (length: number) => new Uint8Array(length)
  const lzma = { name: 'numcodecs.lzma', configuration: {} }
  const long = CodecPipeline.resolve([BYTES, lzma], int16Spec([2 ** 20]))
  t.ok(long.mayWait, 'it is known before a byte is read')
  await long.decode(bytes(10), { offload })
  const short = CodecPipeline.resolve([BYTES], int16Spec([1000]))
  t.notOk(short.mayWait)
  await short.decode(bytes(2000), { offload })
  t.same(tasks, [10])
})

t.test('an error keeps its code and facts, and the thread is used again', async t => {
  const pool = poolOf({ maxThreads: 1, idleMs: 60_000 })
  const codecs = [BYTES, { name: 'crc32c', configuration: {} }]
  const task = () => ({ codecs, spec: int16Spec([2]), encoded: Uint8Array.of(0, 1, 0, 2, 9, 9, 9, 9) })
  const here = await failureOfAsync(async () =>
    CodecPipeline.resolve(codecs, int16Spec([2])).decode(task().encoded),
  )
  t.equal(here?.code, 'CHECKSUM_MISMATCH')
  t.same(await failureOfAsync(() => pool.decode(task())), here)
  t.same(await failureOfAsync(() => pool.decode(task())), here)
  t.equal(pool.threadCount, 1)
})

t.test('a thread that dies fails its chunk by name and is replaced', async t => {
  const pool = poolOf({ maxThreads: 1 })
  const spoilt = { codecs: [BYTES], spec: {} as ChunkSpec, encoded: new Uint8Array(4) }
  t.match(await failureOfAsync(() => pool.decode(spoilt)), { code: 'CODEC_FAILED' })
  t.equal(pool.threadCount, 0)
  const decoded = await pool.decode({
    codecs: [BYTES],
    spec: int16Spec([2]),
    encoded: Uint8Array.of(0, 1, 0, 2),
  })
  t.same(decoded, { kind: 'fixed', bytes: Uint8Array.of(1, 0, 2, 0) })
})

async function failureOf(decoding: Promise<unknown>): Promise<string> {
  const error = await decoding.then(
    () => new Error('none'),
    (reason: Error) => reason,
  )
  return error.message
}

t.test('one that is stuck, or waited for by nobody, is ended', async t => {
  const pool = poolOf({ maxThreads: 1, deadlineMs: 1 })
  const task = () => ({ codecs: [BYTES, GZIP], spec: SPEC, encoded: gzipSync(storedItems(), { level: 1 }) })
  t.match(await failureOfAsync(() => pool.decode(task())), { code: 'DEADLINE_EXCEEDED' })
  t.equal(pool.threadCount, 0)
  const patient = poolOf({ maxThreads: 1 })
  const controller = new AbortController()
  const first = patient.decode(task(), controller.signal)
  const second = patient.decode(task(), controller.signal)
  controller.abort(new Error('the client has left'))
  const outcomes = await Promise.all([first, second].map(one => failureOf(one)))
  t.same(outcomes, ['the client has left', 'the client has left'])
  t.equal(patient.threadCount, 0)
  t.equal((await patient.decode(task())).kind, 'fixed', 'and the next is decoded')
})

t.test('an array reads through the pool', async t => {
  const metadata = {
    zarr_format: 2,
    shape: [LONG_COUNT],
    chunks: [LONG_COUNT],
    dtype: '>u2',
    fill_value: 0,
    order: 'C',
    compressor: { id: 'gzip', level: 1 },
    filters: [{ id: 'delta', dtype: '>u2' }],
  }
  const store = FolderStore.fromEntries([
    ['.zarray', metadata],
    ['0', gzipSync(Buffer.alloc(2 * LONG_COUNT, Uint8Array.of(0, 1)), { level: 1 })],
  ])
  const resources = new ReadResources()
  const array = await ZarrArray.open(store, parseNodePath(''), { resources })
  t.same(await readItems(array, '0:4'), [1, 2, 3, 4])
  t.equal(resources.decodePool.threadCount, 1)
})
