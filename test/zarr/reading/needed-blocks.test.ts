// Of a blosc chunk only the blocks that a selection touches are decoded, unless the chunk is to be kept.
import t from 'tap'
import { parseNodePath } from '../../../src/store/keys.js'
import { ZarrArray } from '../../../src/zarr/reading/array.js'
import { ReadResources } from '../../../src/zarr/reading/read-resources.js'
import { FolderStore } from '../../support/folder-store.js'
import { readItems } from '../../support/read-items.js'

const [ROWS, COLUMNS] = [8, 64] as const
const ROW_BYTES = 2 * COLUMNS

/** One stored stream a block, a block a row; `broken` names a row whose stream no decoder can read. */
function bloscChunk(rows: Buffer, broken?: number): Buffer {
  const streams = Array.from({ length: ROWS }, (_, row) => {
    const bytes = row === broken ? Buffer.alloc(5) : rows.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(bytes.length)
    return Buffer.concat([length, bytes])
  })
  const head = Buffer.alloc(16 + 4 * ROWS)
  const body = Buffer.concat(streams)
  // Version 2, LZ4's version 1, compressor LZ4 without shuffle, items of two bytes.
  head.set([2, 1, 1 << 5, 2])
  head.writeUInt32LE(ROWS * ROW_BYTES, 4)
  head.writeUInt32LE(ROW_BYTES, 8)
  head.writeUInt32LE(head.length + body.length, 12)
  let at = head.length
  streams.forEach((stream, row) => {
    head.writeUInt32LE(at, 16 + 4 * row)
    at += stream.length
  })
  return Buffer.concat([head, body])
}

function openArray(chunkCacheBytes: number, broken?: number): Promise<ZarrArray> {
  const items = Uint16Array.from({ length: ROWS * COLUMNS }, (_, i) => i + 1)
  const metadata = {
    zarr_format: 2,
    shape: [ROWS, COLUMNS],
    chunks: [ROWS, COLUMNS],
    dtype: '<u2',
    order: 'C',
    fill_value: 0,
    filters: null,
    compressor: { id: 'blosc', cname: 'lz4', clevel: 5, shuffle: 0 },
  }
  const store = FolderStore.fromEntries([
    ['.zarray', metadata],
    ['0.0', bloscChunk(Buffer.from(items.buffer), broken)],
  ])
  return ZarrArray.open(store, parseNodePath(''), { resources: new ReadResources({ chunkCacheBytes }) })
}

const TEXTS = ['', '3', '7,63', '0,0', '2:5,10:20', '::3', '[7,0,4]', '1:7:2,::-1', '::-1,5', ':,[63,0]']

t.test('a selection has the items that the whole chunk has', async t => {
  const partial = await openArray(0)
  const whole = await openArray(1024 * 1024)
  await readItems(whole, '')
  for (const text of [...TEXTS, ...TEXTS])
    t.same(await readItems(partial, text), await readItems(whole, text), text)
})

t.test('a block that nobody asked for is not decoded', async t => {
  const array = await openArray(0, 4)
  const expected = await openArray(0)
  for (const text of ['0:3', '5:', '3,::2', '7'])
    t.same(await readItems(array, text), await readItems(expected, text))
  for (const text of ['4', '', '3:6,0', '::4'])
    await t.rejects(readItems(array, text), { code: 'CODEC_FAILED' }, text)
})

t.test('a chunk that is kept is decoded whole', async t => {
  const array = await openArray(1024 * 1024, 4)
  await t.rejects(readItems(array, '0'), { code: 'CODEC_FAILED' })
})
