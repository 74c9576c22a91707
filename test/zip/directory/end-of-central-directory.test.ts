// Where the central directory is found, and where the archive is refused instead of guessed at.
import t from 'tap'
import { findEndRecord } from '../../../src/zip/directory/end-of-central-directory.js'
import { MemoryBytes } from '../../support/memory-bytes.js'
import { writeZip } from '../../support/zip-writer.js'

const entries = [
  { name: 'a', data: 'first' },
  { name: 'b', data: 'second' },
]
const find = (bytes: Buffer) => findEndRecord(new MemoryBytes(bytes))

t.test('a plain archive, one with a comment, one with Zip64', async t => {
  t.match(await find(writeZip(entries)), { declaredEntryCount: 2, hasZip64: false, prependedByteLength: 0 })
  const commented = await find(writeZip(entries, { comment: 'x'.repeat(65535) }))
  t.match(commented, { declaredEntryCount: 2, commentByteLength: 65535, trailingByteLength: 0 })
  t.match(await find(writeZip(entries, { isZip64: true })), { declaredEntryCount: 2, hasZip64: true })
  t.match(await find(writeZip([])), { declaredEntryCount: 0, directoryByteLength: 0 })
})

t.test('bytes before the archive are counted, with and without Zip64', async t => {
  const prepend = Buffer.alloc(1000, 'stub')
  for (const isZip64 of [false, true]) {
    const bytes = writeZip(entries, { prepend, isZip64 })
    t.match(await find(bytes), { prependedByteLength: 1000, trailingByteLength: 0 })
  }
})

t.test('bytes after the archive are let pass, up to what a comment could be', async t => {
  t.match(await find(writeZip(entries, { append: Buffer.alloc(500) })), { trailingByteLength: 500 })
  await t.rejects(find(writeZip(entries, { append: Buffer.alloc(70_000) })), { code: 'ARCHIVE_INVALID' })
})

t.test('bytes on both sides are counted, with Zip64 and a comment too', async t => {
  const around = { prepend: Buffer.from('#!/bin/sh\nexit 0\n'), append: Buffer.from('trailing bytes\n') }
  for (const isZip64 of [false, true])
    for (const comment of ['', 'a comment']) {
      const found = await find(writeZip(entries, { ...around, isZip64, comment }))
      t.match(found, {
        declaredEntryCount: 2,
        prependedByteLength: around.prepend.length,
        trailingByteLength: around.append.length,
        commentByteLength: comment.length,
      })
    }
  const large = { prepend: Buffer.alloc(300_000, 'stub'), append: Buffer.alloc(60_000, 1) }
  t.match(await find(writeZip(entries, large)), { prependedByteLength: 300_000, trailingByteLength: 60_000 })
})

t.test('an archive stored in another one that is cut short is not taken for the archive', async t => {
  const inner = writeZip(entries)
  for (const localExtra of [Buffer.alloc(0), Buffer.from([1, 2, 0, 0])])
    for (const prepend of [Buffer.alloc(0), Buffer.from('#!/bin/sh\n')]) {
      const outer = writeZip(
        [
          { name: 'data', data: Buffer.alloc(300, 1) },
          { name: 'inner.zip', data: inner, localExtra },
          { name: 'more', data: Buffer.alloc(300, 2) },
        ],
        { prepend },
      )
      const innerEnd = outer.indexOf(inner) + inner.length
      for (const end of [innerEnd, innerEnd + 1, innerEnd + 100])
        await t.rejects(find(outer.subarray(0, end)), { code: 'ARCHIVE_INVALID', message: /cut short/ })
      t.match(await find(outer), { declaredEntryCount: 3 })
    }
  const wrapped = writeZip([
    { name: 'a.tar', data: Buffer.concat([Buffer.alloc(512), inner, Buffer.alloc(512)]) },
  ])
  await t.rejects(find(wrapped.subarray(0, wrapped.indexOf(inner) + inner.length + 9)), {
    code: 'ARCHIVE_INVALID',
  })
})

t.test('an archive in the comment is not taken for the archive', async t => {
  const comment = writeZip([{ name: 'evil', data: 'x' }])
  t.match(await find(writeZip(entries, { comment })), { declaredEntryCount: 2, prependedByteLength: 0 })
})

t.test('a split archive is unsupported', async t => {
  const bytes = writeZip(entries)
  for (const field of [4, 6, 8]) {
    const split = Buffer.from(bytes)
    split.writeUInt16LE(1, bytes.length - 22 + field)
    await t.rejects(find(split), { code: 'ARCHIVE_UNSUPPORTED', message: /disks/ })
  }
})

t.test('impossible numbers are refused', async t => {
  for (const options of [
    { directoryByteLength: 0xfffffffe },
    { directoryByteOffset: 0xfffffffe },
    { directoryByteLength: 0 },
    { directoryByteLength: 2 ** 60, isZip64: true },
    { directoryByteOffset: 2 ** 60, isZip64: true },
    { entryCount: 2 ** 60, isZip64: true },
  ])
    await t.rejects(find(writeZip(entries, options)), { code: 'ARCHIVE_INVALID' }, JSON.stringify(options))
})

t.test('an empty directory after data is not an empty archive', async t => {
  await t.rejects(find(Buffer.concat([Buffer.alloc(50), writeZip([])])), { code: 'ARCHIVE_INVALID' })
  for (const bytes of [Buffer.alloc(0), Buffer.from('PK'), Buffer.alloc(100_000)])
    await t.rejects(find(bytes), { code: 'ARCHIVE_INVALID' })
})

t.test('a Zip64 record that contradicts the end record is refused', async t => {
  const bytes = writeZip(entries, { isZip64: true })
  bytes.writeUInt16LE(3, bytes.length - 22 + 8)
  bytes.writeUInt16LE(3, bytes.length - 22 + 10)
  await t.rejects(find(bytes), { code: 'ARCHIVE_INVALID', message: /contradict/ })
})

t.test('a tail full of signatures costs a bounded number of reads', async t => {
  const source = new MemoryBytes(Buffer.from('PK\x05\x06'.repeat(20_000), 'latin1'))
  await t.rejects(findEndRecord(source), { code: /ARCHIVE_/ })
  t.ok(source.reads.length < 200, `${source.reads.length} reads`)
})
