import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { CacheBudget } from '../../../src/memory/lru.js'
import { parseNodePath, type StoreKey } from '../../../src/store/keys.js'
import { resolveSelection } from '../../../src/zarr/indexing/resolved-selection.js'
import { parseSelection } from '../../../src/zarr/indexing/selection.js'
import { ZarrArray } from '../../../src/zarr/reading/array.js'
import { type ReadLimits, ReadResources } from '../../../src/zarr/reading/read-resources.js'
import type { Slab } from '../../../src/zarr/reading/slab.js'
import { expectedBelow } from '../../support/corpus-archives.js'
import { FolderStore } from '../../support/folder-store.js'
import { selectedPositions, selectionText } from '../../support/model.js'
import { corpus } from '../../support/paths.js'
import { readItems } from '../../support/read-items.js'
import { readZipValues } from '../../support/read-zip.js'
import { watched } from '../../support/watched-store.js'
import { FILL, itemsOf, metadataOf, type WrittenArray, writtenStore } from '../../support/written-array.js'

const ROOT = parseNodePath('')

function open(array: WrittenArray, limits: Partial<ReadLimits> = {}, store = writtenStore(array)) {
  return ZarrArray.open(store, ROOT, { resources: new ReadResources(limits) })
}

t.test('every array of the corpus has the bytes that zarr-python reads', async t => {
  const zip = await readZipValues(readFileSync(`${corpus}zarr-python-v2/fixture.zip`))
  const sources: [prefix: string, store: FolderStore][] = [
    ['zarrita.js/v2/data.zarr/', FolderStore.fromFolder(`${corpus}zarrita.js/v2/data.zarr`)],
    ['zarrita.js/v3/data.zarr/', FolderStore.fromFolder(`${corpus}zarrita.js/v3/data.zarr`)],
    ['zarr-python-v2/fixture/', FolderStore.fromEntries(zip)],
  ]
  for (const [prefix, store] of sources) {
    for (const [path, expected] of expectedBelow(prefix)) {
      const array = await ZarrArray.open(store, parseNodePath(path))
      const hash = createHash('sha256')
      const values: unknown[] = []
      for await (const slab of array.read(array.resolve([]))) {
        if (slab.kind === 'fixed') hash.update(slab.bytes)
        else values.push(...slab.values)
      }
      if (expected.enc === 'json') hash.update(JSON.stringify(values))
      // Without a hash zarr-python could not read the array; reading it at all is what is shown then.
      const found = hash.digest('hex')
      t.equal(found, expected.sha256 ?? found, prefix + path)
    }
  }
})

const arrays: fc.Arbitrary<WrittenArray> = fc
  .record({
    dimensions: fc.array(
      fc.record({
        length: fc.integer({ min: 0, max: 8 }),
        inner: fc.integer({ min: 1, max: 3 }),
        factor: fc.integer({ min: 1, max: 3 }),
      }),
      { maxLength: 3 },
    ),
    isSharded: fc.boolean(),
    dataType: fc.constantFrom('uint16' as const, 'string' as const),
    missing: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ dimensions, isSharded, dataType, missing }) => ({
    shape: dimensions.map(({ length }) => length),
    chunkShape: dimensions.map(({ inner, factor }) => inner * factor),
    ...(isSharded && { innerShape: dimensions.map(({ inner }) => inner) }),
    dataType,
    isMissing: (coordinates: readonly number[]) =>
      coordinates.reduce((sum, at) => sum + at, 1) % missing === 0,
  }))

t.test('any selection of any array is what an item-by-item model gives', async t => {
  const cases = arrays.chain(array => fc.tuple(fc.constant(array), selectionText(array.shape), fc.boolean()))
  await t.resolves(
    fc.assert(
      fc.asyncProperty(cases, async ([written, text, isSmall]) => {
        const limits = isSmall
          ? { slabBytes: 8, maxSlabBytes: 16, chunkCacheBytes: 0, inFlightBytes: 64 }
          : {}
        const array = await open(written, limits)
        const items = itemsOf(written)
        const selection = resolveSelection(parseSelection(text), written.shape)
        const wanted = selectedPositions(selection, written.shape).map(position => items[position])
        assert.deepEqual(await readItems(array, text), wanted)
        // Once more, now with the chunks in memory.
        assert.deepEqual(await readItems(array, text), wanted)
        const byteLength = written.dataType === 'string' ? undefined : wanted.length * 2
        assert.equal(array.byteLengthOf(selection), byteLength)
      }),
      { numRuns: 300 },
    ),
  )
})

/** Quicker on long lists than deep equality. */
function isSame(found: readonly unknown[], wanted: readonly unknown[]): boolean {
  return found.length === wanted.length && found.every((item, i) => item === wanted[i])
}

const SQUARE: WrittenArray = { shape: [6, 6], chunkShape: [2, 3] }
const SHARDED: WrittenArray = { shape: [8, 8], chunkShape: [8, 4], innerShape: [2, 2] }

t.test('a chunk that is not stored is the fill value; one that cannot be read is an error', async t => {
  const store = writtenStore({ ...SQUARE, isMissing: ([row]) => row === 1 })
  const array = await ZarrArray.open(store, ROOT)
  t.same(await readItems(array, '2:4,0'), [FILL, FILL])
  const vanishing = watched(store, async (key, read) => {
    if (key !== 'zarr.json') throw new Error('this machine has no such disk')
    return read()
  })
  const broken = await ZarrArray.open(vanishing, ROOT)
  await t.rejects(readItems(broken, '0:2'), { message: /no such disk/ })
  t.same(await readItems(broken, '2:4,0'), [FILL, FILL], 'its neighbours that are not stored need no read')
})

t.test('a value that the index knows and the store does not hold is never the fill value', async t => {
  const store = writtenStore(SQUARE)
  const lying = watched(store, async (key, read) => (key === 'zarr.json' ? read() : undefined))
  const array = await ZarrArray.open(lying, ROOT)
  await t.rejects(readItems(array), { code: 'STORE_CHANGED', message: /c\/0\/0/ })
})

t.test('a chunk of the wrong length is refused by name', async t => {
  const store = FolderStore.fromEntries([
    ['zarr.json', metadataOf(SQUARE)],
    ['c/0/0', Buffer.alloc(11)],
  ])
  const array = await ZarrArray.open(store, ROOT)
  await t.rejects(readItems(array), {
    code: 'CODEC_FAILED',
    message: /^chunk c\/0\/0: /,
    facts: { chunkKey: 'c/0/0' },
  })
  t.same(await readItems(array, '2:,:'), new Array(24).fill(FILL))
})

t.test('a stored chunk that is longer than its codecs can use is refused before it is read', async t => {
  for (const codec of ['bytes', 'gzip']) {
    const metadata = metadataOf(SQUARE) as { codecs: object[] }
    const codecs =
      codec === 'gzip' ? [...metadata.codecs, { name: 'gzip', configuration: {} }] : metadata.codecs
    const store = FolderStore.fromEntries([
      ['zarr.json', { ...metadata, codecs }],
      ['c/0/0', Buffer.alloc(70_000)],
    ])
    const array = await ZarrArray.open(store, ROOT)
    for (const slice of ['0,0', ':'])
      await t.rejects(readItems(array, slice), { code: 'CODEC_FAILED', message: /70000 bytes are stored/ })
    t.notOk(store.reads.includes('c/0/0'), codec)
  }
})

t.test('only the chunks that are touched are read', async t => {
  const store = writtenStore(SQUARE)
  const array = await open(SQUARE, { chunkCacheBytes: 0 }, store)
  const touched = async (text: string): Promise<string[]> => {
    store.reads.length = 0
    await readItems(array, text)
    return store.reads.slice().sort()
  }
  t.same(await touched('0,0'), ['c/0/0'])
  t.same(await touched('::5,0'), ['c/0/0', 'c/2/0'])
  t.same(await touched('[5,0],[5]'), ['c/0/1', 'c/2/1'])
  t.same(await touched('2:2'), [])
  t.equal(array.chunksTouched(array.resolve(parseSelection('::5,0'))), 2)
  t.equal(array.chunksTouched(array.resolve([])), 6)
})

t.test(
  'of a shard only the index and the inner chunks that are touched are read, the index once',
  async t => {
    const written = SHARDED
    let bytesRead = 0
    const store = writtenStore(written)
    const counted = watched(store, async (key, read) => {
      const part = await read()
      if (key !== 'zarr.json') bytesRead += part?.length ?? 0
      return part
    })
    const array = await open(written, { chunkCacheBytes: 0 }, counted)
    t.same(await readItems(array, '0,0'), [1])
    t.equal(bytesRead, 8 * 16 + 8, 'the index and one inner chunk')
    bytesRead = 0
    t.same(await readItems(array, '7,0'), [57])
    t.equal(bytesRead, 8, 'one inner chunk')
    t.equal(array.chunksTouched(array.resolve([])), 16, 'inner chunks are counted')
  },
)

t.test('of a shard read in groups of inner chunks, nothing is read twice even without caches', async t => {
  const written: WrittenArray = {
    shape: [600],
    chunkShape: [600],
    innerShape: [1],
    isMissing: ([at]) => at % 3 === 0,
  }
  const indexBytes = 600 * 16
  const sizes = [{}, { slabBytes: 256, maxSlabBytes: 65_536 }]
  for (const [isStored, slabs] of [true, false].flatMap(isStored =>
    sizes.map(size => [isStored, size] as const),
  )) {
    const parts: number[] = []
    const store = watched(writtenStore(written), async (key, read) => {
      const part = await read()
      if (key !== 'zarr.json') parts.push(part?.length ?? 0)
      return part
    })
    const { stat } = store
    store.stat = key => {
      const known = stat(key)
      return known && { ...known, isStored }
    }
    const resources = new ReadResources({ chunkCacheBytes: 0, ...slabs }, new CacheBudget(0))
    const array = await ZarrArray.open(store, ROOT, { resources })
    t.same(await readItems(array), itemsOf(written))
    if (isStored) t.equal(parts.filter(length => length === indexBytes).length, 1, 'the index')
    else t.equal(parts.length, 1, 'the value of a compressed entry')
  }
})

t.test('inner chunks that are not stored take no room in the cache', async t => {
  const written: WrittenArray = { ...SHARDED, isMissing: ([row]) => row % 2 === 1 }
  const array = await open(written)
  t.same(await readItems(array), itemsOf(written))
  t.equal(array.resources.chunks.size, 8)
})

t.test('the same chunk asked for twice at once is read and decoded once', async t => {
  for (const written of [SQUARE, SHARDED]) {
    const store = writtenStore(written)
    // Both are asked before a read ends, however many turns of the event loop they need for it.
    const slow = watched(store, async (_key, read) => {
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
      return read()
    })
    const resources = new ReadResources({ chunkCacheBytes: 0 }, new CacheBudget(0))
    const array = await ZarrArray.open(slow, ROOT, { resources })
    await readItems(array, '0,0')
    const reads = store.reads.length
    const [first, second] = await Promise.all([readItems(array, '0,0'), readItems(array, '0,0')])
    t.same([first, second], [[1], [1]])
    t.equal(store.reads.length - reads, reads - 1, 'as many reads as one asker needs')
    const keeping = await ZarrArray.open(slow, ROOT, { resources: new ReadResources() })
    store.reads.length = 0
    t.same(await Promise.all([readItems(keeping, '0,0'), readItems(keeping, '0,1')]), [[1], [2]])
    t.equal(store.reads.length, reads - 1, 'and other items of it, where it is kept')
  }
})

t.test('a reading of more than half of the cache leaves the cache as it is', async t => {
  const written: WrittenArray = { shape: [64, 64], chunkShape: [16, 64] }
  for (const isSlow of [false, true]) {
    const store = writtenStore(written)
    const asked = isSlow ? watched(store, async (_key, read) => read()) : store
    const array = await open(written, { chunkCacheBytes: 12_000, slabBytes: 4096, maxSlabBytes: 4096 }, asked)
    await readItems(array, '0:16')
    t.equal(array.resources.chunks.size, 1, 'a small one is kept')
    const expected = await readItems(await open(written), '')
    t.same(await readItems(array, ''), expected)
    t.equal(array.resources.chunks.size, 1)
  }
})

t.test('decoded chunks are kept, within the bound', async t => {
  const store = writtenStore(SQUARE)
  const array = await open(SQUARE, {}, store)
  await readItems(array)
  store.reads.length = 0
  await readItems(array, '::-1')
  t.same(store.reads, [])
  t.equal(array.resources.chunks.size, 6)
  const tight = await open(SQUARE, { chunkCacheBytes: 1200 }, store)
  await readItems(tight)
  t.equal(tight.resources.chunks.size, 0, 'a reading that would turn out all others is not kept')
  for (const selection of ['0,0', '0,3', '2,0', '2,3']) await readItems(tight, selection)
  t.ok(tight.resources.chunks.budget.byteLength <= 1200)
  t.equal(tight.resources.chunks.size, 2)
})

t.test('a chunk that was written anew is not taken from memory', async t => {
  const resources = new ReadResources()
  const first = await ZarrArray.open(writtenStore(SQUARE), ROOT, { resources })
  t.same(await readItems(first, '0,0'), [1])
  const changed = FolderStore.fromEntries([
    ['zarr.json', metadataOf(SQUARE)],
    ['c/0/0', Buffer.alloc(12, 7)],
  ])
  const second = await ZarrArray.open(changed, ROOT, { resources })
  t.same(await readItems(second, '0,0'), [0x0707])
})

t.test('a failed read is not kept', async t => {
  let failures = 1
  const store = watched(writtenStore(SQUARE), async (key, read) => {
    if (key !== 'zarr.json' && failures-- > 0) throw new Error('for once')
    return read()
  })
  const array = await ZarrArray.open(store, ROOT)
  await t.rejects(readItems(array, '0,0'), { message: 'for once' })
  t.same(await readItems(array, '0,0'), [1])
})

t.test('whichever read fails, the reading fails, and the next one is right', async t => {
  for (const written of [{ ...SQUARE, shape: [6, 9] }, SHARDED]) {
    const items = itemsOf(written)
    for (let n = 0; ; n++) {
      let countdown = n
      let isArmed = true
      const store = watched(writtenStore(written), async (key, read) => {
        if (key !== 'zarr.json' && isArmed && countdown-- === 0) throw new Error(`read ${n}`)
        return read()
      })
      const array = await open(written, { slabBytes: 32, maxSlabBytes: 32 }, store)
      const failure = await readItems(array).then(
        () => undefined,
        (error: Error) => error,
      )
      isArmed = false
      t.same(await readItems(array), items)
      if (failure === undefined) break
      t.equal(failure.message, `read ${n}`)
    }
  }
})

t.test('slabs are no larger than they may be and together hold the result', async t => {
  const array = await open({ shape: [10, 10], chunkShape: [3, 3] }, { slabBytes: 40, maxSlabBytes: 80 })
  const lengths: number[] = []
  for await (const slab of array.read(array.resolve([]))) {
    if (slab.kind === 'fixed') lengths.push(slab.bytes.byteLength)
  }
  t.same(lengths, [60, 60, 60, 20], 'one row of chunks each')
})

t.test('a released slab is used again, one in use never', async t => {
  const array = await open(
    { shape: [4, 6], chunkShape: [2, 3] },
    { slabBytes: 24, maxSlabBytes: 24, chunkCacheBytes: 0 },
  )
  const { slabPool } = array.resources
  const selection = array.resolve([])
  const kept: Uint8Array[] = []
  for await (const slab of array.read(selection)) if (slab.kind === 'fixed') kept.push(slab.bytes)
  t.equal(new Set(kept.map(bytes => bytes.buffer)).size, 2, 'two slabs held, two buffers')
  for (const bytes of kept) slabPool.release(bytes)
  const buffers = new Set<unknown>()
  for await (const slab of array.read(selection)) {
    if (slab.kind !== 'fixed') continue
    buffers.add(slab.bytes.buffer)
    slabPool.release(slab.bytes)
  }
  t.equal(buffers.size, 1)
  t.ok(kept.some(bytes => buffers.has(bytes.buffer)))
})

t.test('slabs become smaller as more of them are held, and the result stays the same', async t => {
  const written: WrittenArray = { shape: [512, 512], chunkShape: [512, 512] }
  const limits = { slabBytes: 2 ** 18, maxSlabBytes: 2 ** 19, slabBudgetBytes: 2 ** 19 }
  const array = await open(written, limits)
  const selection = array.resolve(parseSelection('::-1'))
  const { slabBudget } = array.resources
  const stalled: AsyncIterator<Slab>[] = []
  const sizes: number[] = []
  for (let i = 0; i < 20; i++) {
    const iterator = array.read(selection)[Symbol.asyncIterator]()
    const { value } = await iterator.next()
    if (value.kind === 'fixed') sizes.push(value.bytes.byteLength)
    stalled.push(iterator)
  }
  t.equal(sizes[0], 2 ** 18, 'the first as large as it likes')
  t.equal(sizes[19], 2 ** 16, 'the last small, but there')
  const held = sizes.reduce((sum, size) => sum + size, 0)
  t.equal(slabBudget.heldBytes, held)
  t.ok(held <= 2 ** 19 + 20 * 2 ** 16)
  const items = itemsOf(written) as number[]
  const reversed = Array.from({ length: 512 }, (_, row) =>
    items.slice((511 - row) * 512, (512 - row) * 512),
  ).flat()
  t.ok(isSame(await readItems(array, '::-1'), reversed), 'in small slabs')
  for (const iterator of stalled) await iterator.return?.()
  t.equal(slabBudget.heldBytes, 0)
  t.ok(isSame(await readItems(array, '::-1'), reversed), 'in large slabs')
})

t.test('texts are read a chunk at a time until it is known how long they are', async t => {
  const written: WrittenArray = { shape: [20_000], chunkShape: [1000], dataType: 'string' }
  const array = await open(written)
  const counts: number[] = []
  for await (const slab of array.read(array.resolve([]))) counts.push(slab.itemCount)
  t.equal(counts[0], 1000)
  t.ok(Math.max(...counts) > 1000, `${counts}`)
  t.ok(isSame(await readItems(array), itemsOf(written)))
  const tight = await open(written, { slabBytes: 2 ** 17, maxSlabBytes: 2 ** 17 })
  t.ok(isSame(await readItems(tight), itemsOf(written)))
})

t.test('a small part of a chunk does not keep the chunk in memory', async t => {
  const array = await open({ shape: [100], chunkShape: [100] })
  const backing = async (text: string): Promise<number> => {
    for await (const slab of array.read(array.resolve(parseSelection(text)))) {
      if (slab.kind === 'fixed') return slab.bytes.byteOffset
    }
    return -1
  }
  t.equal(await backing('2:90'), 4, 'a view into the decoded chunk')
  t.equal(await backing('2:9'), 0, 'a copy')
})

t.test('new work is refused while too much of it waits', async t => {
  const array = await open(SQUARE, { inFlightBytes: 1 })
  const { budget } = array.resources
  let end: () => void = () => undefined
  const running = budget.run(
    1,
    () =>
      new Promise<void>(resolve => {
        end = resolve
      }),
  )
  const waiting = Array.from({ length: 17 }, () => budget.run(1, () => undefined))
  await t.rejects(readItems(array), { code: 'OVERLOADED' })
  end()
  await Promise.all([running, ...waiting])
  t.same(await readItems(array), itemsOf(SQUARE))
})

t.test('a reading that fails gives its slab back', async t => {
  const store = watched(writtenStore(SQUARE), async (key, read) => {
    if (key === 'c/2/1') throw new Error('broken')
    return read()
  })
  const array = await ZarrArray.open(store, ROOT)
  await t.rejects(readItems(array), { message: 'broken' })
  t.ok(array.resources.slabPool.idleBytes > 0)
  t.equal(array.resources.budget.takenBytes, 0)
})

t.test(
  'a failure stops the reads beside it, and the slab is given back when none of them runs any more',
  async t => {
    const running = new Set<string>()
    const store = watched(writtenStore(SQUARE), async (key, read, { signal }) => {
      if (key === 'zarr.json') return read()
      if (key === 'c/0/1') throw new Error('broken')
      running.add(key)
      await new Promise(resolve => signal?.addEventListener('abort', resolve))
      running.delete(key)
      throw signal?.reason
    })
    const array = await ZarrArray.open(store, ROOT)
    const { slabPool } = array.resources
    const release = slabPool.release.bind(slabPool)
    slabPool.release = view => {
      t.equal(running.size, 0, 'nobody can write into it')
      release(view)
    }
    await t.rejects(readItems(array), { message: 'broken' })
    t.ok(slabPool.idleBytes > 0)
    t.equal(array.resources.budget.takenBytes, 0)
  },
)

t.test('aborting stops the reads', async t => {
  const controller = new AbortController()
  const started: string[] = []
  const store = watched(writtenStore({ shape: [100], chunkShape: [1] }), (key, read, { signal }) => {
    if (key === 'zarr.json') return read()
    started.push(key)
    if (started.length === 3) controller.abort(new Error('the client has left'))
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
      if (signal?.aborted === true) reject(signal.reason)
    })
  })
  const array = await ZarrArray.open(store, ROOT)
  await t.rejects(readItems(array, '', controller.signal), { message: 'the client has left' })
  t.ok(started.length <= 8, `${started.length} reads were started`)
  t.equal(array.resources.budget.takenBytes, 0)
})

t.test('who leaves does not take the chunk from those who wait for it too', async t => {
  let release: (() => void) | undefined
  const store = watched(writtenStore(SQUARE), async (key, read) => {
    if (key !== 'zarr.json') {
      await new Promise<void>(resolve => {
        release = resolve
      })
    }
    return read()
  })
  const array = await ZarrArray.open(store, ROOT)
  const controller = new AbortController()
  const leaving = readItems(array, '0,0', controller.signal)
  const staying = readItems(array, '0,1')
  leaving.catch(() => undefined)
  while (release === undefined) await new Promise(resolve => setImmediate(resolve))
  controller.abort(new Error('the client has left'))
  await t.rejects(leaving, { message: 'the client has left' })
  release()
  t.same(await staying, [2])
})

t.test('a tag changes with what the answer depends on, and with nothing else', async t => {
  const base = writtenStore(SQUARE)
  const tagOf = async (store: FolderStore, text: string, variant?: string) => {
    const array = await ZarrArray.open(store, ROOT)
    return array.entityTag(array.resolve(parseSelection(text)), variant)
  }
  const tag = await tagOf(base, '0:2,0:3')
  t.match(tag, /^[\w-]{27}$/)
  t.equal(
    await tagOf(writtenStore(SQUARE), ':2,:3'),
    tag,
    'another store with the same content, another spelling',
  )
  t.not(await tagOf(base, '0:2,0:2'), tag, 'another selection')
  t.not(await tagOf(base, '0:2,0:3', 'json'), tag, 'another format')
  const missing = (...gone: number[]) =>
    writtenStore({ ...SQUARE, isMissing: at => at.join() === gone.join() })
  t.not(await tagOf(missing(0, 0), '0:2,0:3'), tag, 'the chunk is not stored')
  t.equal(await tagOf(missing(1, 0), '0:2,0:3'), tag, 'a chunk that is not touched is not stored')
  const document = { ...metadataOf(SQUARE), attributes: { a: 1 } }
  const other = FolderStore.fromEntries([
    ['zarr.json', document],
    ['c/0/0', (await base.get('c/0/0' as StoreKey)) as Buffer],
  ])
  t.not(await tagOf(other, '0:2,0:3'), tag, 'other metadata')
  base.reads.length = 0
  await tagOf(base, '')
  t.same(base.reads, ['zarr.json'], 'no chunk is read for it')
})

t.test('a chunk is addressed by its index, cut to the edge, and known as stored or not', async t => {
  const written = { shape: [5, 5], chunkShape: [2, 3], isMissing: ([row]: readonly number[]) => row === 1 }
  const array = await open(written)
  t.same(array.chunkSelection([2, 1]).shape, [1, 2])
  t.match(await array.chunkState([2, 1]), { key: 'c/2/1', isStored: true, stat: { byteLength: 12 } })
  t.match(await array.chunkState([1, 1]), { key: 'c/1/1', isStored: false })
  t.equal(array.encodedChunk([2, 1]).stat?.byteLength, 12)
  t.equal(array.encodedChunk([1, 1]).stat, undefined)
  for (const index of [[], [0], [0, 0, 0], [3, 0], [0, 2], [-1, 0], [0.5, 0], [Number.NaN, 0]]) {
    t.throws(() => array.chunkSelection(index), {
      code: 'INVALID_CHUNK_INDEX',
      message: /grid of shape \[3, 2\]/,
    })
    await t.rejects(array.chunkState(index), { code: 'INVALID_CHUNK_INDEX' })
  }
})

t.test('the chunks of a sharded array are the inner ones', async t => {
  const array = await open({ ...SHARDED, isMissing: at => at.join() === '1,1' || at[1] > 1 })
  t.same(array.chunkSelection([3, 3]).shape, [2, 2])
  t.match(await array.chunkState([0, 1]), { key: 'c/0/0', isStored: true })
  t.match(await array.chunkState([1, 1]), { key: 'c/0/0', isStored: false })
  t.match(await array.chunkState([0, 2]), { key: 'c/0/1', isStored: false })
  t.throws(() => array.encodedChunk([0, 0]), { code: 'FORMAT_NOT_POSSIBLE', facts: { key: 'c/0/0' } })
})

t.test('a 0-d array has one chunk and one item', async t => {
  const array = await open({ shape: [], chunkShape: [] })
  t.same(await readItems(array), [1])
  t.same(array.chunkSelection([]).shape, [])
  t.match(await array.chunkState([]), { key: 'c', isStored: true })
})

t.test('chunks left over outside a shrunken array are not seen', async t => {
  const store = FolderStore.fromEntries([
    ['zarr.json', metadataOf({ shape: [2], chunkShape: [2] })],
    ['c/0', Buffer.from([0, 5, 0, 6])],
    ['c/1', Buffer.from([0, 7, 0, 8])],
  ])
  const array = await ZarrArray.open(store, ROOT)
  t.same(await readItems(array), [5, 6])
  t.throws(() => array.chunkSelection([1]), { code: 'INVALID_CHUNK_INDEX' })
})

t.test(
  'a vast chunk is refused before memory is taken, and costs nothing while it is not stored',
  async t => {
    const vast: WrittenArray = { shape: [10], chunkShape: [2 ** 40] }
    const absent = FolderStore.fromEntries([['zarr.json', metadataOf(vast)]])
    t.same(await readItems(await ZarrArray.open(absent, ROOT), '2:4'), [FILL, FILL])
    const stored = FolderStore.fromEntries([
      ['zarr.json', metadataOf(vast)],
      ['c/0', Buffer.alloc(20)],
    ])
    const array = await ZarrArray.open(stored, ROOT)
    await t.rejects(readItems(array), { code: 'CHUNK_TOO_LARGE', facts: { chunkKey: 'c/0' } })
  },
)

t.test('a group is not an array', async t => {
  const store = writtenStore(SQUARE, 'a/b')
  await t.rejects(ZarrArray.open(store, parseNodePath('a')), { code: 'NOT_AN_ARRAY' })
  await t.rejects(ZarrArray.open(store, parseNodePath('x')), { code: 'NODE_NOT_FOUND' })
  t.same(await readItems(await ZarrArray.open(store, parseNodePath('a/b')), '0,0'), [1])
})
