import t from 'tap'
import { parseNodePath } from '../../../src/store/keys.js'
import { parseSelection } from '../../../src/zarr/indexing/selection.js'
import { ZarrArray } from '../../../src/zarr/reading/array.js'
import type { SmallResult } from '../../../src/zarr/reading/planned-slab.js'
import { type ReadLimits, ReadResources } from '../../../src/zarr/reading/read-resources.js'
import { FolderStore } from '../../support/folder-store.js'
import { readItems } from '../../support/read-items.js'
import { watched } from '../../support/watched-store.js'
import { metadataOf, type WrittenArray, writtenStore } from '../../support/written-array.js'

const ROOT = parseNodePath('')
const SQUARE: WrittenArray = {
  shape: [7, 9],
  chunkShape: [3, 4],
  isMissing: ([row, column]) => row === 1 && column === 1,
}
const TEXTS = ['', '0:3,0:4', '3:6,4:8', '1:6,2:9', '::-1,::-2', '5', '[4,0,4],1:', '2,3', '0:2,0:4', '3:3']

function open(written: WrittenArray, limits: Partial<ReadLimits> = {}, store = writtenStore(written)) {
  return ZarrArray.open(store, ROOT, { resources: new ReadResources(limits) })
}

async function readSmall(array: ZarrArray, text: string): Promise<Uint8Array | undefined> {
  const result = array.smallResult(array.resolve(parseSelection(text)))
  return result && array.readSmall(result)
}

async function smallItems(array: ZarrArray, text: string): Promise<number[] | undefined> {
  const bytes = await readSmall(array, text)
  if (bytes === undefined) return undefined
  const items = Array.from(
    { length: bytes.byteLength / 2 },
    (_, i) => (bytes[2 * i] as number) + 256 * (bytes[2 * i + 1] as number),
  )
  array.resources.slabPool.release(bytes)
  return items
}

t.test('a small result has the items that slabs have, kept chunks or not', async t => {
  for (const chunkCacheBytes of [0, 1024 * 1024]) {
    const array = await open(SQUARE, { chunkCacheBytes })
    const other = await open(SQUARE)
    for (const text of [...TEXTS, ...TEXTS]) {
      const expected = await readItems(other, text)
      t.same(await smallItems(array, text), text === '3:3' ? undefined : expected, text)
    }
  }
})

t.test('what was given back is used again, and never while somebody holds it', async t => {
  const array = await open(SQUARE, { chunkCacheBytes: 0 })
  const text = '0:6,0:8'
  const first = (await readSmall(array, text)) as Uint8Array
  const copy = first.slice()
  const second = (await readSmall(array, '::-1')) as Uint8Array
  t.not(first.buffer, second.buffer)
  t.same(first, copy, 'the first is as it was')
  array.resources.slabPool.release(first)
  const third = (await readSmall(array, text)) as Uint8Array
  t.same(third, copy)
})

t.test('a kept chunk is handed on as it is, and giving it back does not lend it to others', async t => {
  const written: WrittenArray = { shape: [64, 64], chunkShape: [32, 64] }
  const array = await open(written)
  const first = (await readSmall(array, '0:32')) as Uint8Array
  array.resources.slabPool.release(first)
  await readSmall(array, '32:,::-1')
  t.same(await smallItems(array, '0:32'), await readItems(await open(written), '0:32'))
})

t.test('chunks in memory are not read again', async t => {
  const store = writtenStore(SQUARE)
  const array = await open(SQUARE, {}, store)
  await smallItems(array, '')
  store.reads.length = 0
  await smallItems(array, '::-1')
  t.same(store.reads, [])
})

t.test('of more chunks than the cache holds every one is right, kept or not, and stays so', async t => {
  const length = 128 * 1024
  const written: WrittenArray = { shape: [8, length], chunkShape: [1, length] }
  const array = await open(written, { chunkCacheBytes: 1024 * 1024 })
  for (let round = 0; round < 6; round++) {
    for (let row = 0; row < 8; row++) {
      // Whole chunks are handed on as they are, parts are copied out of them.
      const text = round % 2 === 0 ? `${row}` : `${row},::-1`
      const items = (await smallItems(array, text)) as number[]
      if (round % 2 === 1) items.reverse()
      const isRight =
        items.length === length && items.every((item, i) => item === (row * length + i + 1) % 65_536)
      t.ok(isRight, `round ${round}, row ${row}`)
    }
  }
  t.ok(array.resources.chunks.budget.byteLength <= 1024 * 1024)
  t.ok(array.resources.chunks.size > 0)
})

t.test('inner chunks of shards are read as any others, stored or not', async t => {
  for (const chunkCacheBytes of [0, 1024 * 1024]) {
    const written: WrittenArray = {
      shape: [8, 8],
      chunkShape: [8, 8],
      innerShape: [2, 2],
      isMissing: ([row]) => row === 1,
    }
    const array = await open(written, { chunkCacheBytes })
    for (const text of ['1:5,1:5', '2:4,2:4', '0:2,0:2', '1:5,1:5'])
      t.same(await smallItems(array, text), await readItems(await open(written), text), text)
  }
})

t.test('what is kept of a small result holds neither chunks nor shards', async t => {
  const written: WrittenArray = { shape: [8, 8], chunkShape: [8, 8], innerShape: [2, 2] }
  const array = await open(written, { chunkCacheBytes: 0 })
  const result = array.smallResult(array.resolve(parseSelection('1:5,1:5'))) as SmallResult
  const before = JSON.stringify(result)
  await array.readSmall(result)
  t.equal(JSON.stringify(result), before)
})

t.test('large results, many chunks and values are not small', async t => {
  const large = await open({ shape: [1024, 1024], chunkShape: [1024, 1024] })
  t.equal(await smallItems(large, ''), undefined)
  t.same(await smallItems(large, '0,0'), [1], 'the chunk may be large')
  const many = await open({ shape: [100], chunkShape: [1] })
  t.equal(await smallItems(many, ''), undefined)
  const text = await open({ shape: [4], chunkShape: [2], dataType: 'string' })
  t.equal(await smallItems(text, ''), undefined)
})

t.test('a damaged chunk is an error that names it, never a result', async t => {
  const store = FolderStore.fromEntries([
    ['zarr.json', metadataOf(SQUARE)],
    ['c/0/0', Buffer.alloc(5)],
  ])
  const array = await open(SQUARE, {}, store)
  await t.rejects(smallItems(array, '0:3,0:4'), { code: 'CODEC_FAILED', facts: { chunkKey: 'c/0/0' } })
  await t.rejects(smallItems(array, ''), { code: 'CODEC_FAILED', facts: { chunkKey: 'c/0/0' } })
})

t.test('readings at once share chunks and give their memory back without spoiling each other', async t => {
  const written: WrittenArray = { shape: [96, 96], chunkShape: [32, 64] }
  const array = await open(written, { chunkCacheBytes: 0, slabBytes: 16_384, maxSlabBytes: 16_384 })
  const texts = ['', '::-1', '0:32,0:64', '10:80,3:90:2', '32:64', '::3,::-1']
  const other = await open(written)
  const expected = await Promise.all(texts.map(text => readItems(other, text)))
  for (let round = 0; round < 20; round++) {
    const found = await Promise.all(
      [...texts, ...texts].map((text, i) => releasingItems(array, text, i + round)),
    )
    for (const [i, items] of found.entries()) t.same(items, expected[i % texts.length])
  }
})

t.test('a chunk that two readings were given stays as it is when one gives it back', async t => {
  const written: WrittenArray = { shape: [96, 64], chunkShape: [32, 64] }
  const slow = watched(writtenStore(written), async (_key, read) => {
    await new Promise(resolve => setImmediate(resolve))
    return read()
  })
  const array = await open(written, { chunkCacheBytes: 0 }, slow)
  const [first, second] = (await Promise.all([
    readSmall(array, '0:32'),
    readSmall(array, '0:32'),
  ])) as Uint8Array[]
  t.equal(first.buffer, second.buffer, 'read once')
  const copy = second.slice()
  array.resources.slabPool.release(first)
  array.resources.slabPool.release(second)
  await readItems(array, '32:')
  t.same(second, copy)
})

t.test('of a chunk in blocks two readings at once get each the items it asked for', async t => {
  const items = Uint16Array.from({ length: 8192 }, (_, i) => i + 1)
  const store = FolderStore.fromEntries([
    ['zarr.json', { ...metadataOf({ shape: [8192], chunkShape: [8192] }), codecs: BLOSC }],
    ['c/0', bloscOf(Buffer.from(items.buffer), 4096)],
  ])
  const array = await ZarrArray.open(store, ROOT, { resources: new ReadResources({ chunkCacheBytes: 0 }) })
  // Both wait for the budget: the second must not join a load that decodes what the first one needs.
  const { budget } = array.resources
  let end: () => void = () => undefined
  const held = new Promise<void>(resolve => {
    end = resolve
  })
  const running = budget.run(budget.maxBytes, () => held)
  const reading = Promise.all([smallItems(array, '0:100'), smallItems(array, '8000:8100')])
  end()
  await running
  t.same(await reading, [Array.from(items.subarray(0, 100)), Array.from(items.subarray(8000, 8100))])
  t.same(await smallItems(array, '4000:4100'), Array.from(items.subarray(4000, 4100)), 'alone')
})

t.test('a kept chunk that is a part of what was read never goes back to the pool', async t => {
  // c-blosc stores what does not compress as it is, behind its header: decoding answers a part of the encoded bytes.
  // 3,600 bytes: most of the 4 KiB that the pool lends, so that the cache keeps them without a copy.
  const count = 1800
  const chunks = Array.from({ length: 16 }, (_, chunk) =>
    Uint16Array.from({ length: count }, (_, i) => chunk * count + i + 1),
  )
  const entries = chunks.map((items, i) => [`c/${i}`, storedBlosc(Buffer.from(items.buffer))] as const)
  const metadata = metadataOf({ shape: [16 * count], chunkShape: [count] })
  const store = FolderStore.fromEntries([['zarr.json', { ...metadata, codecs: BLOSC }], ...entries])
  for (const isSlow of [false, true]) {
    const asked = isSlow ? watched(store, async (_key, read) => read()) : store
    const array = await ZarrArray.open(asked, ROOT, { resources: new ReadResources() })
    const expected = chunks.flatMap(items => Array.from(items))
    for (let round = 0; round < 4; round++) {
      for (let chunk = 0; chunk < 15; chunk++) {
        const from = chunk * count + 100
        const wanted = expected.slice(from, from + count)
        t.same(await smallItems(array, `${from}:${from + count}`), wanted, `round ${round}, chunk ${chunk}`)
      }
    }
  }
})

/** A container whose flags say that what follows the header was copied. */
function storedBlosc(bytes: Buffer): Buffer {
  const head = Buffer.alloc(16)
  head.set([2, 1, 0x32, 2])
  head.writeUInt32LE(bytes.length, 4)
  head.writeUInt32LE(bytes.length, 8)
  head.writeUInt32LE(head.length + bytes.length, 12)
  return Buffer.concat([head, bytes])
}

const BLOSC = [
  { name: 'bytes', configuration: { endian: 'little' } },
  {
    name: 'blosc',
    configuration: { cname: 'lz4', clevel: 1, shuffle: 'noshuffle', blocksize: 0, typesize: 2 },
  },
]

/** Blocks of one stream each, stored as they are: what c-blosc writes of data that does not compress. */
function bloscOf(bytes: Buffer, blockLength: number): Buffer {
  const count = bytes.length / blockLength
  const head = Buffer.alloc(16 + 4 * count)
  // Version 2, LZ4 format 1, streams not split and LZ4 (0x10 | 1 << 5), items of 2 bytes.
  head.set([2, 1, 0x30, 2])
  head.writeUInt32LE(bytes.length, 4)
  head.writeUInt32LE(blockLength, 8)
  head.writeUInt32LE(head.length + count * (4 + blockLength), 12)
  const blocks = Array.from({ length: count }, (_, i) => {
    head.writeUInt32LE(head.length + i * (4 + blockLength), 16 + 4 * i)
    const block = Buffer.alloc(4 + blockLength)
    block.writeUInt32LE(blockLength)
    bytes.copy(block, 4, i * blockLength, (i + 1) * blockLength)
    return block
  })
  return Buffer.concat([head, ...blocks])
}

/** As a slow client takes them: each slab is copied out and given back some turns later. */
async function releasingItems(array: ZarrArray, text: string, turns: number): Promise<number[]> {
  const items: number[] = []
  for await (const slab of array.read(array.resolve(parseSelection(text)))) {
    for (let i = turns % 4; i > 0; i--) await new Promise(resolve => setImmediate(resolve))
    if (slab.kind !== 'fixed') continue
    for (let i = 0; i < slab.itemCount; i++)
      items.push((slab.bytes[2 * i] as number) + 256 * (slab.bytes[2 * i + 1] as number))
    array.resources.slabPool.release(slab.bytes)
  }
  return items
}
