// Stores that lie in folders and tar files: found, told of, and packed by the commands that are printed, which are
// really run.
import { execFile, execFileSync } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { inspectArchive } from '../../../src/cli/inspection.js'
import { describeService } from '../../../src/cli/ready-lines.js'
import { findArchives } from '../../../src/registry/catalog/scan-result.js'
import { openDataRoots } from '../../../src/registry/discovery/data-roots.js'
import {
  archivePathOf,
  isTarName,
  packCommands,
  type Unpacked,
} from '../../../src/registry/discovery/unpacked.js'
import { smallArchive } from '../../support/archives.js'
import { tempDir } from '../../support/temp-dir.js'

const run = promisify(execFile)

async function writeStore(folder: string): Promise<void> {
  await mkdir(join(folder, 'a', '0'), { recursive: true })
  const array = { shape: [2], chunks: [2], dtype: '|u1', fill_value: 0, order: 'C' }
  await writeFile(join(folder, '.zgroup'), '{"zarr_format": 2}')
  await writeFile(
    join(folder, 'a', '.zarray'),
    JSON.stringify({ zarr_format: 2, ...array, compressor: null, filters: null }),
  )
  await writeFile(join(folder, 'a', '0', '..hidden'), 'x')
}

async function unpackedIn(...paths: string[]): Promise<readonly Unpacked[]> {
  const { unpacked } = await findArchives(await openDataRoots(paths), [])
  return [...unpacked].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function hasTool(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

t.test('a store in a folder is found as a whole, and not what is packed already', async t => {
  const root = await tempDir(t)
  await writeStore(join(root, 'deep', 'x.zarr'))
  await mkdir(join(root, 'plain'))
  await writeFile(join(root, 'plain', 'notes.txt'), '')
  await writeStore(join(root, 'done.zarr'))
  await writeFile(join(root, 'done.zarr.zip'), smallArchive(1))
  await mkdir(join(root, 'v3'))
  await writeFile(join(root, 'v3', 'zarr.json'), '{}')
  await writeFile(join(root, 'y.zarr.tar.gz'), '')
  await writeFile(join(root, 'deep', 'x.zarr', 'inner.zip'), smallArchive(1))
  const { found, skipped } = await findArchives(await openDataRoots([root]), [])
  t.strictSame(
    [...found.values()].map(({ location }) => location.path).sort(),
    ['deep/x.zarr/inner.zip', 'done.zarr.zip'],
    'archives are found wherever they lie',
  )
  t.strictSame(await unpackedIn(root), [
    { kind: 'folder', path: join(root, 'deep', 'x.zarr') },
    { kind: 'folder', path: join(root, 'v3') },
    { kind: 'tar', path: join(root, 'y.zarr.tar.gz') },
  ])
  t.match(skipped.map(({ reason }) => reason).sort(), [
    /^it is a Zarr store in a folder: only ZIP/,
    /^it is a Zarr store in a folder/,
    /^it is a tar file/,
  ])
  t.strictSame(
    await unpackedIn(join(root, 'v3')),
    [{ kind: 'folder', path: join(root, 'v3') }],
    'the root itself',
  )
  t.strictSame(await unpackedIn(join(root, 'done.zarr.zip')), [], 'beside a file that was named')
})

t.test('tar files are known by their names', async t => {
  for (const name of [
    'x.tar',
    'x.TAR',
    'x.tar.gz',
    'x.tgz',
    'x.tar.xz',
    'x.tar.zst',
    'x.txz',
    'x.zarr.tar.bz2',
  ])
    t.ok(isTarName(name), name)
  for (const name of ['tar', 'x.tar.zip', 'x.start', 'x.zip', 'avatar', 'x.tar.gz.part'])
    t.notOk(isTarName(name), name)
  t.equal(archivePathOf({ kind: 'tar', path: '/d/x.zarr.tar.gz' }), '/d/x.zarr.zip')
  t.equal(archivePathOf({ kind: 'tar', path: '/d/x.tgz' }), '/d/x.zarr.zip')
  t.equal(archivePathOf({ kind: 'folder', path: '/d/v3' }), '/d/v3.zarr.zip')
})

async function packAndInspect(t: Test, unpacked: Unpacked): Promise<void> {
  for (const [at, tool] of ['zip', 'python3'].entries()) {
    if (!hasTool(tool) || !hasTool('tar')) {
      t.comment(`${tool} or tar is not there`)
      continue
    }
    const command = packCommands(unpacked)[at]!
    await run('sh', ['-c', command])
    const archive = archivePathOf(unpacked)
    const { zip, stores } = await inspectArchive(archive)
    t.match(stores, [{ zarrFormat: 2, nodes: [{ path: '/' }, { path: '/a', shape: [2] }] }], command)
    t.equal(zip.keyCount, 3)
    if (tool === 'zip') t.equal(zip.deflatedCount, 0, 'stored')
    await rm(archive)
  }
}

t.test('the printed commands make an archive of a folder, whatever its name', async t => {
  for (const name of ['x.zarr', "it's a $store; 数据.zarr", 'plain', '-f.zarr']) {
    const root = await tempDir(t)
    await writeStore(join(root, name))
    const [found] = await unpackedIn(root)
    await packAndInspect(t, found!)
    t.strictSame(await readdir(root), [name], 'nothing else is left behind')
  }
})

t.test(
  'the printed commands make an archive of a tar file',
  { skip: !hasTool('tar') && 'no tar' },
  async t => {
    for (const [name, top] of [
      ['x.zarr.tar', '.'],
      ['a b.tar.gz', 'x.zarr'],
    ] as const) {
      const root = await tempDir(t)
      const source = await tempDir(t)
      await writeStore(join(source, 'x.zarr'))
      const folder = top === '.' ? join(source, 'x.zarr') : source
      await run('tar', [name.endsWith('gz') ? '-czf' : '-cf', join(root, name), '-C', folder, top])
      await packAndInspect(t, (await unpackedIn(root))[0]!)
    }
  },
)

const SERVED = { origin: 'http://h', stores: [], kinds: new Map(), unpacked: [] }

t.test('the ready lines say what was found, how to pack it, and of what nothing can be read', async t => {
  const unpacked = ['a.zarr', 'b.zarr', 'c.zarr', 'd.zarr', 'bad\n.zarr'].map(name => ({
    kind: 'folder' as const,
    path: `/data/${name}`,
  }))
  const text = describeService({ ...SERVED, unpacked, isSample: false })
  t.match(
    text,
    /^ {2}\/data\/a\.zarr is a Zarr store in a folder and not served\. To make an archive of it:$/m,
  )
  t.match(text, /^ {4}cd \/data\/a\.zarr && zip -0 -r -q \/data\/a\.zarr\.zip \.$/m)
  t.match(text, /^ {2}and 2 more that are no archives$/m)
  const last = describeService({ ...SERVED, unpacked: unpacked.slice(4), isSample: false })
  t.match(last, /bad\\u\{a\}\.zarr is a Zarr store in a folder and not served: only ZIP archives are$/m)
  t.match(describeService({ ...SERVED, isSample: true }), /bundled sample/)
  const location = { root: 'r', path: 'p' }
  const contents = {
    emptyReason: 'the archive holds no entries',
    keyCount: 0,
    skippedNames: {},
    topNames: [],
  }
  const stores = Array.from({ length: 2000 }, (_, at) => ({
    id: `s${at}` as never,
    location,
    state: 'ready' as const,
    revision: 1,
    ...(at % 2 === 0 && { contents }),
  }))
  const many = describeService({ ...SERVED, stores, isSample: false })
  t.ok(many.split('\n').length < 60, 'a screenful')
  t.match(many, /^ {2}s0: nothing Zarr is found in it: the archive holds no entries$/m)
  t.notMatch(many, /zarr\.open\("http:\/\/h\/zarr\/s0\//)
  t.match(many, /^ {2}and 992 more: http:\/\/h\/v1\/stores$/m)
})
