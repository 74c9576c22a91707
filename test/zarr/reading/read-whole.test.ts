import t from 'tap'
import { parseNodePath } from '../../../src/store/keys.js'
import { parseSelection } from '../../../src/zarr/indexing/selection.js'
import { ZarrArray } from '../../../src/zarr/reading/array.js'
import { type ReadLimits, ReadResources } from '../../../src/zarr/reading/read-resources.js'
import { FolderStore } from '../../support/folder-store.js'
import { readItems } from '../../support/read-items.js'
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

async function readWhole(array: ZarrArray, text: string): Promise<Uint8Array | undefined> {
  const plan = array.planWhole(array.resolve(parseSelection(text)))
  return plan && array.readWhole(plan)
}

async function wholeItems(array: ZarrArray, text: string): Promise<number[] | undefined> {
  const bytes = await readWhole(array, text)
  if (bytes === undefined) return undefined
  const items = Array.from(
    { length: bytes.byteLength / 2 },
    (_, i) => (bytes[2 * i] as number) + 256 * (bytes[2 * i + 1] as number),
  )
  array.resources.slabPool.release(bytes)
  return items
}

t.test('a small result in one piece has the items that slabs have, kept chunks or not', async t => {
  for (const chunkCacheBytes of [0, 1024 * 1024]) {
    const array = await open(SQUARE, { chunkCacheBytes })
    const other = await open(SQUARE)
    for (const text of [...TEXTS, ...TEXTS]) {
      const expected = await readItems(other, text)
      t.same(await wholeItems(array, text), text === '3:3' ? undefined : expected, text)
    }
  }
})

t.test('what was given back is used again, and never while somebody holds it', async t => {
  const array = await open(SQUARE, { chunkCacheBytes: 0 })
  const text = '0:6,0:8'
  const first = (await readWhole(array, text)) as Uint8Array
  const copy = first.slice()
  const second = (await readWhole(array, '::-1')) as Uint8Array
  t.not(first.buffer, second.buffer)
  t.same(first, copy, 'the first is as it was')
  array.resources.slabPool.release(first)
  const third = (await readWhole(array, text)) as Uint8Array
  t.same(third, copy)
})

t.test('a kept chunk is handed on as it is, and giving it back does not lend it to others', async t => {
  const written: WrittenArray = { shape: [64, 64], chunkShape: [32, 64] }
  const array = await open(written)
  const first = (await readWhole(array, '0:32')) as Uint8Array
  array.resources.slabPool.release(first)
  await readWhole(array, '32:,::-1')
  t.same(await wholeItems(array, '0:32'), await readItems(await open(written), '0:32'))
})

t.test('chunks in memory are not read again', async t => {
  const store = writtenStore(SQUARE)
  const array = await open(SQUARE, {}, store)
  await wholeItems(array, '')
  store.reads.length = 0
  await wholeItems(array, '::-1')
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
      const items = (await wholeItems(array, text)) as number[]
      if (round % 2 === 1) items.reverse()
      const isRight =
        items.length === length && items.every((item, i) => item === (row * length + i + 1) % 65_536)
      t.ok(isRight, `round ${round}, row ${row}`)
    }
  }
  t.ok(array.resources.chunks.budget.byteLength <= 1024 * 1024)
  t.ok(array.resources.chunks.size > 0)
})

t.test('inner chunks of shards are answered once they are in memory', async t => {
  const written: WrittenArray = { shape: [8, 8], chunkShape: [8, 8], innerShape: [2, 2] }
  const array = await open(written)
  t.equal(await wholeItems(array, '1:5,1:5'), undefined)
  const expected = await readItems(array, '1:5,1:5')
  t.same(await wholeItems(array, '1:5,1:5'), expected)
})

t.test('large results, large chunks, values and a crowd are left to slabs', async t => {
  const large = await open({ shape: [1024, 1024], chunkShape: [1024, 1024] })
  t.equal(await wholeItems(large, ''), undefined)
  t.equal(await wholeItems(large, '0,0'), undefined, 'the chunk is too large to be read at once')
  const many = await open({ shape: [100], chunkShape: [1] })
  t.equal(await wholeItems(many, ''), undefined)
  const text = await open({ shape: [4], chunkShape: [2], dataType: 'string' })
  t.equal(await wholeItems(text, ''), undefined)
  const held = await open(SQUARE, { slabBudgetBytes: 1024, slabBytes: 64 })
  t.equal(await wholeItems(held, ''), undefined, 'more than a slab may be now')
})

t.test('a damaged chunk is an error that names it, never a result', async t => {
  const store = FolderStore.fromEntries([
    ['zarr.json', metadataOf(SQUARE)],
    ['c/0/0', Buffer.alloc(5)],
  ])
  const array = await open(SQUARE, {}, store)
  await t.rejects(wholeItems(array, '0:3,0:4'), { code: 'CODEC_FAILED', facts: { chunkKey: 'c/0/0' } })
  await t.rejects(wholeItems(array, ''), { code: 'CODEC_FAILED', facts: { chunkKey: 'c/0/0' } })
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
  const array = await open(written, { chunkCacheBytes: 0 })
  const selection = array.resolve(parseSelection('0:32'))
  const take = async (): Promise<Uint8Array> => {
    for await (const slab of array.read(selection)) if (slab.kind === 'fixed') return slab.bytes
    throw new Error('no slab')
  }
  const [first, second] = await Promise.all([take(), take()])
  const copy = second.slice()
  array.resources.slabPool.release(first)
  array.resources.slabPool.release(second)
  await readItems(array, '32:')
  t.same(second, copy)
})

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
