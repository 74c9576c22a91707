// Random access to a real file: exact bytes, honest errors, no descriptor closed under a read.
import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { chmod, rename, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { BlockingReads } from '../../src/bytes/blocking-reads.js'
import { FileBytes } from '../../src/bytes/file-bytes.js'
import { tempDir } from '../support/temp-dir.js'

const content = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251))

async function sampleFile(test: Parameters<typeof tempDir>[0]): Promise<string> {
  const path = join(await tempDir(test), 'archive.zip')
  await writeFile(path, content)
  return path
}

t.test('reads exactly the bytes asked for, waiting or not, into the buffer given', async t => {
  const file = await FileBytes.open(await sampleFile(t))
  t.equal(file.size, 1000)
  t.same(await file.read(10, 20), content.subarray(10, 30))
  t.same(file.readSync(990, 10), content.subarray(990))
  t.same(await file.read(1000, 0), Buffer.alloc(0))
  const into = Buffer.alloc(50)
  const read = await file.read(0, 40, { into })
  t.same(read, content.subarray(0, 40))
  t.equal(read.buffer, into.buffer)
  await file.close()
})

t.test('refuses what lies past the end before taking memory for it', async t => {
  const file = await FileBytes.open(await sampleFile(t))
  for (const [byteOffset, byteLength] of [
    [0, 1001],
    [1000, 1],
    [-1, 1],
    [0, -1],
    [0, 0.5],
    [0, Number.MAX_SAFE_INTEGER],
    [Number.NaN, 1],
  ] as const) {
    await t.rejects(async () => file.read(byteOffset, byteLength), { code: 'READ_FAILED' })
    t.throws(() => file.readSync(byteOffset, byteLength), { code: 'READ_FAILED' })
  }
  await t.rejects(async () => file.read(0, 10, { into: Buffer.alloc(9) }), { code: 'READ_FAILED' })
  await file.close()
})

t.test('a file that shrank under it answers STORE_CHANGED, never fewer bytes', async t => {
  const path = await sampleFile(t)
  const file = await FileBytes.open(path)
  await truncate(path, 500)
  await t.rejects(async () => file.read(400, 200), { code: 'STORE_CHANGED' })
  t.throws(() => file.readSync(400, 200), { code: 'STORE_CHANGED' })
  await t.rejects(async () => file.checkUnchanged(), { code: 'STORE_CHANGED' })
  await t.rejects(async () => file.checkUnchanged(), { code: 'STORE_CHANGED' })
  await file.close()
})

t.test('a file rewritten in place is noticed, one renamed over it is not this file', async t => {
  const path = await sampleFile(t)
  // Losing its name changes the status of the file, and not its bytes.
  const file = await FileBytes.open(path, { isSameContent: async () => true })
  await writeFile(`${path}.new`, Buffer.alloc(1000))
  await rename(`${path}.new`, path)
  await file.checkUnchanged()
  t.same(await file.read(0, 1000), content, 'the old inode still answers')
  const renamed = await FileBytes.open(path)
  await t.rejects(FileBytes.open(path, { expected: file.identity }), { code: 'STORE_CHANGED' })
  await utimes(path, 1, 1)
  await t.rejects(async () => renamed.checkUnchanged(), { code: 'STORE_CHANGED' })
  await Promise.all([file.close(), renamed.close()])
})

t.test('only regular files are opened, and a FIFO does not hang', { timeout: 120_000 }, async t => {
  const folder = await tempDir(t)
  const fifo = join(folder, 'fifo.zip')
  execFileSync('mkfifo', [fifo])
  await t.rejects(FileBytes.open(fifo), { code: 'ARCHIVE_REFUSED' })
  await t.rejects(FileBytes.open(folder), { code: 'ARCHIVE_REFUSED' })
  await t.rejects(FileBytes.open('/dev/zero'), { code: 'ARCHIVE_REFUSED' })
})

t.test('a message never shows a path', async t => {
  const path = join(await tempDir(t), 'nothing-here.zip')
  const error = await FileBytes.open(path).catch((error: Error) => error)
  t.match(error, { code: 'STORE_UNAVAILABLE', message: /ENOENT/ })
  t.notMatch((error as Error).message, 'nothing-here')
})

t.test('close waits for reads in flight, so that no other file gets their descriptor', async t => {
  const path = await sampleFile(t)
  for (let round = 0; round < 50; round++) {
    const file = await FileBytes.open(path)
    const reads = Array.from({ length: 8 }, () => file.read(0, 1000))
    const closing = file.close()
    const others = Array.from({ length: 4 }, () => openSync('/dev/zero', 'r'))
    for (const read of await Promise.all(reads)) t.ok(read.equals(content))
    await closing
    others.map(closeSync)
    await t.rejects(async () => file.read(0, 1), { code: 'STORE_UNAVAILABLE' })
    await file.close()
  }
})

t.test('an aborted read rejects with the reason of the signal', async t => {
  const file = await FileBytes.open(await sampleFile(t))
  await t.rejects(async () => file.read(0, 10, { signal: AbortSignal.abort(new Error('gone')) }), {
    message: 'gone',
  })
  await file.close()
})

t.test('when only the status changed the content decides, compared once for all who ask', async t => {
  const path = await sampleFile(t)
  let isSame = true
  let comparisons = 0
  const isSameContent = async () => {
    comparisons++
    return isSame
  }
  const file = await FileBytes.open(path, { isSameContent })
  const plain = await FileBytes.open(path)
  const { ctimeNs } = file.identity
  // The clock of a file system is coarse.
  while ((await stat(path, { bigint: true })).ctimeNs === BigInt(ctimeNs)) await chmod(path, 0o644)
  t.ok(file.checkUnchanged() instanceof Promise, 'told only by waiting')
  await Promise.all([file.checkUnchanged(), file.checkUnchanged()])
  t.equal(comparisons, 1)
  t.notOk(file.checkUnchanged() instanceof Promise)
  t.equal(comparisons, 1, 'and then known')
  t.equal(file.identity.ctimeNs, ctimeNs, 'it is what it was opened as')
  await t.rejects(async () => plain.checkUnchanged(), { code: 'STORE_CHANGED' })
  isSame = false
  const expected = { ...file.identity, ctimeNs: '1' }
  await t.rejects(FileBytes.open(path, { expected, isSameContent }), { code: 'STORE_CHANGED' })
  await Promise.all([file.close(), plain.close()])
})

t.test('a file that was slow is not read on the event loop for a while, but it is read', async t => {
  const path = join(await tempDir(t), 'f')
  await writeFile(path, 'content')
  const blockingReads = new BlockingReads()
  const { note } = blockingReads
  // A read that is slow by chance is none of this test's.
  blockingReads.note = () => undefined
  const file = await FileBytes.open(path, { blockingReads })
  t.teardown(() => file.close())
  t.equal(String(file.read(0, 7)), 'content')
  t.ok(file.isImmediate(7))
  t.ok(file.read(0, 7, { isBulk: true }) instanceof Promise, 'one of many is never')
  // For an hour, whatever time passes until the next line.
  note.call(blockingReads, 0, performance.now() + 3_600_000)
  t.notOk(file.isImmediate(7))
  const waited = file.read(0, 7)
  t.ok(waited instanceof Promise)
  t.equal(String(await waited), 'content')
  t.ok(file.checkUnchanged() instanceof Promise)
})
