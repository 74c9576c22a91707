// Reading entries: right bytes or an honest error, what a read costs, what a local header may say.
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import * as wasmZstd from '@foxglove/wasm-zstd'
import t from 'tap'
import type { StoreKey } from '../../../src/store/keys.js'
import { concat } from '../../support/concat.js'
import { openZip } from '../../support/open-zip.js'
import { writeZip, type ZipEntry } from '../../support/zip-writer.js'

const key = 'k' as StoreKey
const data = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7) % 256))

const open = async (entry: Partial<ZipEntry>, options = {}) =>
  openZip(
    writeZip(
      [
        { name: 'before', data: 'x' },
        { name: 'k', data, ...entry },
        { name: 'after', data: 'y' },
      ],
      options,
    ),
  )

t.test('stored, deflated, streamed, Zip64, with extra fields, behind a stub: the same bytes', async t => {
  const extra = Buffer.from([0x55, 0x54, 5, 0, 1, 2, 3, 4, 5])
  for (const method of [0, 8])
    for (const entry of [
      {},
      { isStreamed: true },
      { isZip64: true },
      { localExtra: extra },
      { centralExtra: extra },
    ])
      for (const options of [{}, { prepend: Buffer.alloc(333) }, { isZip64: true }]) {
        const { store } = await open({ method, ...entry }, options)
        const what = JSON.stringify({ method, entry: Object.keys(entry), options: Object.keys(options) })
        t.same(store.get(key), data, what)
        t.same(await store.getRange(key, { byteOffset: 4000, byteLength: 9999 }), data.subarray(4000), what)
        t.same(await store.getRange(key, { suffixLength: 17 }), data.subarray(-17), what)
      }
})

t.test('a value costs one read, wherever its local header ends', async t => {
  for (const localExtra of [Buffer.alloc(0), Buffer.alloc(28)]) {
    const entry = { name: 'k', data, localExtra }
    const { store, source } = await openZip(writeZip([{ ...entry, name: 'first' }, entry, { name: 'end' }]))
    await store.get('first' as StoreKey)
    store.stat(key)
    source.reads.length = 0
    t.same(await store.get(key), data)
    t.same(source.reads, [30 + 1 + localExtra.length + data.length], 'header and data at once')
    source.reads.length = 0
    t.same(await store.get(key), data)
    t.same(source.reads, [data.length], 'the data alone, now that its place is known')
    source.reads.length = 0
    await store.getRange(key, { byteOffset: 10, byteLength: 20 })
    t.same(source.reads, [20], 'a range alone')
    source.reads.length = 0
    store.stat(key)
    t.equal(await store.get('absent' as StoreKey), undefined)
    t.same(source.reads, [], 'neither stat nor absence costs a read')
  }
})

t.test('ranges of a deflated value inflate it once', async t => {
  const { store, source } = await open({ method: 8 })
  const ranges = await Promise.all(
    [0, 100, 200].map(byteOffset => store.getRange(key, { byteOffset, byteLength: 50 })),
  )
  const reads = source.reads.length
  t.same(await store.getRange(key, { byteOffset: 300, byteLength: 50 }), data.subarray(300, 350))
  t.equal(source.reads.length, reads)
  ranges[0]!.fill(0)
  t.same(
    await store.getRange(key, { byteOffset: 0, byteLength: 50 }),
    data.subarray(0, 50),
    'the answer is the caller’s',
  )
})

t.test('a local header that contradicts the directory makes the entry unreadable', async t => {
  const lies: Partial<ZipEntry>[] = [
    { local: { name: 'K' } },
    { local: { name: '' } },
    { local: { method: 8 } },
    { local: { crc32: 1 } },
    { local: { byteLength: 1 } },
    { local: { storedByteLength: 1 } },
    { central: { headerOffset: 40 } },
    { central: { headerOffset: 1_000_000 } },
  ]
  for (const lie of lies) {
    const { store } = await open(lie)
    const what = JSON.stringify(lie)
    await t.rejects(async () => store.get(key), { code: 'ENTRY_INVALID' }, what)
    await t.rejects(
      async () => store.getRange(key, { byteOffset: 1, byteLength: 2 }),
      { code: 'ENTRY_INVALID' },
      what,
    )
    t.equal(String(await store.get('before' as StoreKey)), 'x', 'its neighbours are served')
    t.equal(String(await store.get('after' as StoreKey)), 'y')
  }
})

t.test('wrong checksums and lengths are found', async t => {
  const wrong = { crc32: 12345 }
  const { store } = await open({ central: wrong, local: wrong })
  await t.rejects(async () => store.get(key), { code: 'CHECKSUM_MISMATCH' })
  for (const byteLength of [data.length - 1, data.length + 1]) {
    const lie = await open({ method: 8, central: { byteLength }, local: { byteLength } })
    await t.rejects(async () => lie.store.get(key), { code: 'ENTRY_INVALID' })
    await t.rejects(async () => lie.store.getDeflated(key), { code: 'ENTRY_INVALID' })
  }
  const unequal = await open({ central: { byteLength: 1 }, local: { byteLength: 1 } })
  t.throws(() => unequal.store.stat(key), { code: 'ENTRY_INVALID' }, 'a stored value has one length')
})

t.test(
  'a bomb gets no memory beyond what it declares, and no declaration beyond what deflate can hold',
  async t => {
    const bomb = deflateRawSync(Buffer.alloc(50_000_000))
    const small = { byteLength: 1000, crc32: 0 }
    const lying = await open({ method: 8, stored: bomb, central: small, local: small })
    await t.rejects(async () => lying.store.get(key), { code: 'ENTRY_INVALID', message: /deflate/ })
    const huge = { byteLength: 2 ** 31, crc32: 0 }
    const claiming = await open({ method: 8, stored: Buffer.alloc(100), central: huge, local: huge })
    t.throws(() => claiming.store.stat(key), { code: 'ENTRY_INVALID', message: /cannot hold/ })
  },
)

t.test('what is present and cannot be read says so', async t => {
  const cases: [Partial<ZipEntry>, RegExp][] = [
    [{ flags: 1 }, /encrypted/],
    [{ flags: 0x41 }, /encrypted/],
    [{ method: 98, stored: data }, /98 \(PPMd\)/],
    [{ method: 77, stored: data }, /77/],
    [{ externalAttributes: 0o120777 * 0x10000 }, /symbolic link/],
  ]
  for (const [entry, message] of cases) {
    const { store } = await open(entry)
    t.throws(() => store.stat(key), { code: 'ENTRY_UNSUPPORTED', message })
    await t.rejects(async () => store.get(key), { code: 'ENTRY_UNSUPPORTED', message })
    await t.rejects(async () => store.getRange(key, { suffixLength: 1 }), {
      code: 'ENTRY_UNSUPPORTED',
      message,
    })
    t.same([...store.listKeys('' as never)], ['before', 'k', 'after'], 'it is listed')
  }
})

/** What `bzip2` makes of BZIP2_TEXT. */
const BZIP2_BYTES = Buffer.from(
  'QlpoOTFBWSZTWcX7nnUAADGRgEAAO0mOICAAUIAAAUqgA009JyTYnZNyrBME7JgnxOCYJkmSZJ+LuSKcKEhi/c86gA==',
  'base64',
)
/** What CPython's zipfile makes of it with ZIP_LZMA, and what its lzma.compress does. */
const LZMA_BYTES = Buffer.from('CQQFAF0AAIAAADCICGbEYbTM+EA1KzMikclHjNoyJkBYg7/n//4KAAA=', 'base64')
const XZ_BYTES = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AFTABpdADCICGbEYbTM+EA1KzMikclHjNoyJkBUWAAAAAAAMCB96JIf9jcAATbUAgAAAH8hCsexxGf7AgAAAAAEWVo=',
  'base64',
)
const BZIP2_TEXT = Buffer.from('a chunk of bytes '.repeat(20))

t.test('bzip2, LZMA, zstd and XZ values are read, bounded and verified', async t => {
  await wasmZstd.isLoaded
  const zstdBytes = wasmZstd.compress(BZIP2_TEXT)
  for (const [method, stored] of [
    [12, BZIP2_BYTES],
    [14, LZMA_BYTES],
    [93, zstdBytes],
    [95, XZ_BYTES],
  ] as const) {
    const entry = { method, stored, data: BZIP2_TEXT }
    t.same(await (await open(entry)).store.get(key), BZIP2_TEXT, `method ${method}`)
    const part = await (await open(entry)).store.getRange(key, { byteOffset: 2, byteLength: 5 })
    t.equal(String(part), 'chunk', `a range of method ${method}`)
    for (let length = 0; length < stored.length; length += 7) {
      const { store } = await open({ ...entry, stored: stored.subarray(0, length) })
      await t.rejects(
        async () => store.get(key),
        { code: 'ENTRY_INVALID' },
        `method ${method} cut at ${length}`,
      )
    }
    for (const byteLength of [100, 341]) {
      const { store } = await open({ ...entry, central: { byteLength }, local: { byteLength } })
      await t.rejects(async () => store.get(key), { code: 'ENTRY_INVALID' })
    }
    const huge = { byteLength: 2 ** 31 }
    const claiming = await open({ ...entry, central: huge, local: huge })
    await t.rejects(async () => claiming.store.get(key), { code: 'RESPONSE_TOO_LARGE' })
    for (let at = 0; at < stored.length; at++) {
      const damaged = Buffer.from(stored)
      damaged[at]! ^= 0x11
      const { store } = await open({ ...entry, stored: damaged })
      const value = await Promise.resolve(store.get(key)).catch((error: Error) => error)
      if (!(value instanceof Error) && !value?.equals(BZIP2_TEXT))
        t.fail(`method ${method}: wrong bytes at ${at}`)
    }
  }
})

t.test('a deflated value can be had as it is, once it is known to inflate', async t => {
  const { store, source } = await open({ method: 8 })
  const deflated = await store.getDeflated(key)
  const stored = deflated?.bytes as Buffer
  t.same(stored, deflateRawSync(data))
  t.equal(deflated?.storedByteLength, stored.length)
  t.equal(deflated?.byteLength, data.length)
  t.equal((await store.getDeflated(key))?.crc32, store.stat(key)?.crc32)
  t.equal(await store.getDeflated('before' as StoreKey), undefined, 'stored')
  t.equal(await store.getDeflated('absent' as StoreKey), undefined)
  source.bytes[source.bytes.indexOf(stored) + 100]! ^= 1
  await t.rejects(async () => store.getDeflated(key), { code: /CHECKSUM_MISMATCH|ENTRY_INVALID/ })
})

t.test('a value longer than what is read at once is refused, its ranges are not', async t => {
  const { source, store } = await open({})
  await store.close()
  const { ZipStore } = await import('../../../src/store/zip-store.js')
  const { ZipIndex } = await import('../../../src/zip/index/zip-index.js')
  const { buildArchiveIndex } = await import('../../../src/store/archive-index.js')
  const index = ZipIndex.fromBuffer((await buildArchiveIndex(source)).index)
  const bounded = await ZipStore.open({
    id: 't' as never,
    source,
    index,
    rootPrefix: '',
    maxValueBytes: 4999,
  })
  await t.rejects(async () => bounded.get(key), { code: 'RESPONSE_TOO_LARGE' })
  t.same(await bounded.getRange(key, { byteOffset: 10, byteLength: 100 }), data.subarray(10, 110))
})

t.test('whichever read fails, the answer is an error and the next one is right', async t => {
  for (const method of [0, 8])
    for (const what of ['get', 'getRange', 'getDeflated'] as const) {
      const bytes = writeZip([{ name: 'k', data, method, localExtra: Buffer.alloc(40) }])
      const ask = (store: Awaited<ReturnType<typeof openZip>>['store']) =>
        what === 'getRange' ? store.getRange(key, { byteOffset: 5, byteLength: 5 }) : store[what](key)
      for (let n = 0; ; n++) {
        const { store, source } = await openZip(bytes)
        const reads = source.reads.length
        source.failAt = n
        const answer = await Promise.resolve(ask(store)).catch((error: unknown) => error)
        if (source.reads.length - reads <= n) break
        t.match(answer, { code: 'READ_FAILED' }, `${what}, read ${n}`)
        source.failAt = -1
        t.not((await ask(store)) instanceof Error, true)
        t.same(await store.get(key), data)
      }
    }
})

t.test('a large deflated value passes in pieces, whole and in part, and is checked as it goes', async t => {
  const large = Buffer.alloc(18 * 1024 * 1024 + 5, data)
  const deflated = deflateRawSync(large, { level: 1 })
  const entry = { method: 8, data: large }
  const { store } = await open(entry)
  const pieces: number[] = []
  for await (const piece of store.getPieces(key, { byteOffset: 0 }) ?? []) pieces.push(piece.length)
  t.ok(Math.max(...pieces) <= 1024 * 1024, 'no piece is large')
  t.ok((await concat(store.getPieces(key, { byteOffset: 0 }))).equals(large))
  t.ok((await store.get(key))?.equals(large))
  for (const [byteOffset, byteLength] of [
    [0, 10],
    [5_000_000, 2_000_000],
    [large.length - 7, 7],
  ] as const) {
    const expected = large.subarray(byteOffset, byteOffset + byteLength)
    t.ok((await concat(store.getPieces(key, { byteOffset, byteLength }))).equals(expected))
    t.ok((await store.getRange(key, { byteOffset, byteLength }))?.equals(expected))
  }
  for (const what of ['not known yet to inflate', 'known']) {
    const found = await concat((await store.getDeflated(key))?.bytes as AsyncIterable<Buffer>)
    t.ok(inflateRawSync(found).equals(large), what)
    t.equal(found.length, store.stat(key)?.storedByteLength)
  }

  const damaged = await open({ ...entry, central: { crc32: 1 }, local: { crc32: 1 } })
  let length = 0
  const readAll = async () => {
    for await (const piece of damaged.store.getPieces(key, { byteOffset: 0 }) ?? []) length += piece.length
  }
  await t.rejects(readAll(), { code: 'CHECKSUM_MISMATCH' })
  t.ok(length > 0 && length < large.length, 'the last piece is never given out')
  await t.rejects(async () => damaged.store.get(key), { code: 'CHECKSUM_MISMATCH' })
  await t.rejects(async () => damaged.store.getDeflated(key), { code: 'CHECKSUM_MISMATCH' })

  const short = { byteLength: large.length - 1 }
  const lying = await open({ ...entry, central: short, local: short })
  await t.rejects(concat(lying.store.getPieces(key, { byteOffset: 0 })), { code: 'ENTRY_INVALID' })
  const followed = await open({ ...entry, stored: Buffer.concat([deflated, Buffer.alloc(12_000_000)]) })
  await t.rejects(
    async () => followed.store.getDeflated(key),
    { code: 'ENTRY_INVALID' },
    'no gzip member can be made of it',
  )
})

t.test('reading pieces ends when the reader leaves', async t => {
  const { store } = await open({ method: 8, data: Buffer.alloc(40 * 1024 * 1024) })
  const leaving = new AbortController()
  const pieces = store.getPieces(key, { byteOffset: 39_000_000 }, { signal: leaving.signal })
  leaving.abort(new Error('left'))
  await t.rejects(concat(pieces), { message: 'left' })
})
