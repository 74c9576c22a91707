import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { FileBytes } from '../../src/bytes/file-bytes.js'
import { buildArchiveIndex } from '../../src/store/archive-index.js'
import {
  parseDescriptorText,
  type StoreDescriptor,
  serializeDescriptor,
} from '../../src/store/descriptor/descriptor.js'
import { reopenStore } from '../../src/store/descriptor/reopen.js'
import { ZipStore } from '../../src/store/zip-store.js'
import { ZipIndex } from '../../src/zip/index/zip-index.js'
import { anyArchive, smallArchive } from '../support/archives.js'
import { describeArchiveAt, describeBytes, type Place, placesOf } from '../support/described.js'
import { fieldPaths, withField } from '../support/descriptors.js'
import { ReopenProcess } from '../support/reopen-process.js'
import { tempDir } from '../support/temp-dir.js'
import { writeZip } from '../support/zip-writer.js'
import { checkStoreContract, observe } from './store-contract.js'

/** A data root and a cache directory of their own. */
async function place(t: Parameters<typeof tempDir>[0]): Promise<Place> {
  return { root: await tempDir(t), cacheDir: await tempDir(t) }
}

function reopen(descriptor: unknown, where: Place, deadlineMs = 120_000) {
  return reopenStore(descriptor, { ...placesOf(where), deadlineMs })
}

/** A store opened from its archive, without any descriptor. */
async function openDirectly(where: Place, descriptor: StoreDescriptor): Promise<ZipStore> {
  const source = await FileBytes.open(join(where.root, descriptor.location.path))
  const { index } = await buildArchiveIndex(source)
  const { id, rootPrefix } = descriptor
  return ZipStore.open({ id, source, index: ZipIndex.fromBuffer(index), rootPrefix })
}

t.test('a store and the same store reopened from its descriptor keep the same contract', async t => {
  const where = await place(t)
  await t.resolves(
    fc.assert(
      fc.asyncProperty(anyArchive, async ({ bytes, values, rootPrefix }) => {
        const descriptor = await describeBytes(where, bytes)
        assert.equal(descriptor.rootPrefix, rootPrefix)
        const direct = await openDirectly(where, descriptor)
        const reopened = await reopen(parseDescriptorText(serializeDescriptor(descriptor)), where)
        assert.deepEqual(await checkStoreContract(reopened, values), await checkStoreContract(direct, values))
        await Promise.all([direct.close(), reopened.close()])
      }),
      { numRuns: 30 },
    ),
  )
})

t.test('a store reopened in another process shows exactly what it shows here', async t => {
  const where = await place(t)
  const other = new ReopenProcess(t)
  await t.resolves(
    fc.assert(
      fc.asyncProperty(anyArchive, fc.boolean(), async ({ bytes, values }, isCached) => {
        const cacheDir = isCached ? where.cacheDir : undefined
        const descriptor = await describeBytes({ ...where, cacheDir }, bytes)
        const here = await openDirectly(where, descriptor)
        const reply = await other.reopen(serializeDescriptor(descriptor), placesOf({ ...where, cacheDir }))
        assert.deepEqual(
          reply.observation,
          JSON.parse(JSON.stringify(await checkStoreContract(here, values))),
        )
        await here.close()
      }),
      { numRuns: 12 },
    ),
  )
})

t.test('describing a store and sending it away leaves the store as it was', async t => {
  const where = await place(t)
  const descriptor = await describeBytes(where, smallArchive(1))
  const store = await reopen(descriptor, where)
  const before = await observe(store)
  const other = new ReopenProcess(t)
  const reply = await other.reopen(serializeDescriptor(descriptor), placesOf(where))
  t.same(reply.observation, JSON.parse(JSON.stringify(before)))
  t.same(await observe(store), before)
  await store.close()
})

t.test('a descriptor without any one of its fields is refused in another process', async t => {
  const where = await place(t)
  const descriptor = await describeBytes(where, smallArchive(1))
  const other = new ReopenProcess(t)
  for (const path of fieldPaths(descriptor)) {
    const text = JSON.stringify(withField(descriptor, path, () => undefined))
    const reply = await other.reopen(text, placesOf(where))
    t.equal(reply.code, 'DESCRIPTOR_INVALID', path.join('.'))
  }
})

t.test('a descriptor of another version is refused in another process', async t => {
  const where = await place(t)
  const descriptor = await describeBytes(where, smallArchive(1))
  const reply = await new ReopenProcess(t).reopen(
    JSON.stringify({ ...descriptor, version: 1 }),
    placesOf(where),
  )
  t.match(reply, { code: 'DESCRIPTOR_INVALID', message: /found version 1/ })
})

t.test('a descriptor with any field changed opens the same store or none', async t => {
  const where = await place(t)
  const descriptor = await describeBytes(where, smallArchive(1))
  const codes = ['DESCRIPTOR_INVALID', 'STORE_CHANGED', 'STORE_UNAVAILABLE']
  const change = (old: unknown) =>
    typeof old === 'number' ? old + 1 : typeof old === 'string' ? `${old}0` : old === null ? 'other' : !old
  const harmless = new Set(['id', 'revision', 'index.name', 'index.crc32'])
  const honest = await reopen(descriptor, where)
  const { values } = await observe(honest)
  await honest.close()
  for (const path of fieldPaths(descriptor).filter(path => typeof leaf(descriptor, path) !== 'object')) {
    const where2 = path.join('.')
    const wrong = withField(descriptor, path, change)
    if (!harmless.has(where2)) {
      await t.rejects(
        reopen(wrong, where),
        { name: 'ZipzarrError', code: new RegExp(codes.join('|')) },
        where2,
      )
      continue
    }
    // An index of another name or checksum is not used: the same index is made anew.
    const store = await reopen(wrong, where)
    t.same((await observe(store)).values, values, where2)
    await store.close()
  }
})

t.test('an archive that is not the described one any more is a named error', async t => {
  const cases: Record<string, (path: string) => Promise<void>> = {
    'replaced by another': async path => {
      await writeFile(`${path}.new`, smallArchive(9))
      await rename(`${path}.new`, path)
    },
    'overwritten in place': async path => writeFile(path, smallArchive(9)),
    'replaced by its own copy': async path => {
      await copyFile(path, `${path}.copy`)
      await rename(`${path}.copy`, path)
    },
    truncated: async path => truncate(path, 300),
    emptied: async path => truncate(path, 0),
    removed: async path => rm(path),
    'replaced by a folder': async path => {
      await rm(path)
      await mkdir(path)
    },
  }
  const other = new ReopenProcess(t)
  for (const [name, change] of Object.entries(cases)) {
    const where = await place(t)
    const descriptor = await describeBytes(where, smallArchive(1))
    await change(join(where.root, 'x.zip'))
    const reply = await other.reopen(serializeDescriptor(descriptor), placesOf(where))
    t.match(reply.code, /STORE_CHANGED|STORE_UNAVAILABLE|ARCHIVE_REFUSED/, `${name}: ${reply.code}`)
  }
})

t.test(
  'a store open while its archive changes says so, once to its opener, and gives no byte more',
  async t => {
    const where = await place(t)
    const descriptor = await describeBytes(where, smallArchive(1))
    let told = 0
    const store = await reopenStore(descriptor, {
      ...placesOf(where),
      deadlineMs: 120_000,
      onChanged: () => told++,
    })
    const key = 'a/c/0' as never
    t.equal((await store.get(key))?.[0], 1)
    await writeFile(join(where.root, 'x.zip'), smallArchive(9))
    const changed = { code: 'STORE_CHANGED' }
    await t.rejects(async () => store.getRange(key, { byteOffset: 3, byteLength: 4 }), changed)
    await t.rejects(async () => store.get(key), changed)
    t.throws(() => store.stat(key), changed)
    t.equal(told, 1)
    await store.close()
  },
)

t.test('a store keeps answering from its archive after another was renamed over it', async t => {
  const where = await place(t)
  const store = await reopen(await describeBytes(where, smallArchive(1)), where)
  await writeFile(join(where.root, 'new'), smallArchive(9))
  await rename(join(where.root, 'new'), join(where.root, 'x.zip'))
  t.equal((await store.get('a/c/0' as never))?.[0], 1)
  t.equal((await store.getRange('a/c/0' as never, { suffixLength: 1 }))?.[0], 1)
  await store.close()
})

t.test('a missing, damaged or foreign index file is made good, never believed', async t => {
  const where = await place(t)
  const archive = writeZip(Array.from({ length: 20 }, (_, i) => ({ name: `c/${i}`, data: `${i}` })))
  const descriptor = await describeBytes(where, archive)
  const [name] = await readdir(where.cacheDir as string)
  t.equal(descriptor.index.name, name)
  const path = join(where.cacheDir as string, name)
  const good = await readFile(path)
  const store = await reopen(descriptor, where)
  const expected = await observe(store)
  await store.close()
  const damages: Record<string, () => Promise<void>> = {
    missing: () => rm(path),
    empty: () => writeFile(path, ''),
    'cut short': () => writeFile(path, good.subarray(0, good.length - 1)),
    'not an index': () => writeFile(path, Buffer.alloc(good.length, 0x20)),
  }
  for (let at = 0; at < good.length; at += 61) {
    damages[`byte ${at} flipped`] = () => writeFile(path, flipped(good, at))
  }
  for (const [damage, apply] of Object.entries(damages)) {
    await apply()
    const store = await reopen(descriptor, where)
    t.same(await observe(store), expected, damage)
    await store.close()
  }
})

t.test('an archive dated before 1970 is described and reopened like any other', async t => {
  const where = await place(t)
  await writeFile(join(where.root, 'x.zip'), smallArchive(1))
  // Node's own utimes takes negative times for "now".
  execFileSync('touch', ['-d', '1960-01-01T00:00:00.5Z', join(where.root, 'x.zip')])
  const descriptor = await describeArchiveAt(where, 'x.zip')
  t.match(descriptor.fingerprint.mtimeNs, /^-\d+$/)
  const store = await reopen(parseDescriptorText(serializeDescriptor(descriptor)), where)
  t.equal((await store.get('a/c/0' as never))?.[0], 1)
  await store.close()
})

t.test('an open that takes too long is an error at its deadline, and leaves nothing open', async t => {
  const where: Place = { root: await tempDir(t) }
  const archive = writeZip(Array.from({ length: 20_000 }, (_, i) => ({ name: `c/${i}`, data: '' })))
  const descriptor = await describeBytes(where, archive)
  await t.rejects(reopen(descriptor, where, 1), { code: 'DEADLINE_EXCEEDED' })
  const isStillOpen = async () => (await openFiles()).includes(join(where.root, 'x.zip'))
  // The open may be anywhere on its way: it is over when the file is seen closed twice in a row.
  for (let closed = 0; closed < 2; ) {
    await new Promise(resolve => setTimeout(resolve, 50))
    closed = (await isStillOpen()) ? 0 : closed + 1
  }
  t.notOk(await isStillOpen())
})

t.test('a descriptor never leads out of its data root', async t => {
  const where = await place(t)
  const outside: Place = { root: await tempDir(t), cacheDir: where.cacheDir }
  const secret = await describeBytes(outside, smallArchive(1), 'secret.zip')
  await symlink(join(outside.root, 'secret.zip'), join(where.root, 'link.zip'))
  await symlink(outside.root, join(where.root, 'folder'))
  for (const path of ['link.zip', 'folder/secret.zip']) {
    const wrong = { ...secret, location: { root: 'data', path } }
    await t.rejects(reopen(wrong, where), { code: 'STORE_UNAVAILABLE', message: /outside its data root/ })
  }
  for (const path of ['../secret.zip', '/etc/passwd', 'a/../../secret.zip', '.', 'x\0.zip']) {
    const wrong = { ...secret, location: { root: 'data', path } }
    await t.rejects(reopen(wrong, where), { code: 'DESCRIPTOR_INVALID' })
  }
  const unknown = { ...secret, location: { root: 'other', path: 'secret.zip' } }
  await t.rejects(reopen(unknown, where), { code: 'STORE_UNAVAILABLE' })
})

t.test('no error of a reopening names a path of this machine', async t => {
  const where = await place(t)
  const descriptor = await describeBytes(where, smallArchive(1))
  await rm(join(where.root, 'x.zip'))
  const error = await reopen(descriptor, where).catch(error => error)
  t.notMatch(error.message, where.root)
})

function leaf(value: object, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value)
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] ^= 0x40
  return copy
}

/** What this process has open, as far as the system tells. */
async function openFiles(): Promise<string[]> {
  const { readlink } = await import('node:fs/promises')
  const numbers = await readdir('/proc/self/fd').catch(() => [])
  return Promise.all(numbers.map(number => readlink(`/proc/self/fd/${number}`).catch(() => '')))
}
