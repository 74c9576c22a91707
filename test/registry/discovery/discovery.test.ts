import { execFileSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { openDataRoots } from '../../../src/registry/discovery/data-roots.js'
import { discover } from '../../../src/registry/discovery/discovery.js'
import { tempDir } from '../../support/temp-dir.js'

/** Makes empty files and scans the folder; answers sorted paths. */
async function scan(root: string, files: readonly string[] = []) {
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), file)
  }
  const [dataRoot] = await openDataRoots([root])
  const found = await discover(dataRoot)
  return { ...found, paths: found.archives.map(archive => archive.location.path).sort() }
}

t.test('archives are found at any depth, other files and hidden ones are not', async t => {
  const files = ['a.zip', 'B.ZIP', 'sub/c.ozx', 'sub/deep/er/d.zarr.zip']
  const others = [
    '.hidden.zip',
    '.git/e.zip',
    'sub/.cache/f.zip',
    'readme.md',
    'a.zip.part',
    'g.zarr/zarr.json',
  ]
  const found = await scan(await tempDir(t), [...files, ...others])
  t.same(found.paths, ['B.ZIP', 'a.zip', 'sub/c.ozx', 'sub/deep/er/d.zarr.zip'])
  t.same(found.skipped, [])
})

t.test('what is found carries the identity of the file', async t => {
  const { archives } = await scan(await tempDir(t), ['a.zip'])
  t.match(archives[0].identity, { size: 5, mtimeNs: /^\d{19}$/, ctimeNs: /^\d{19}$/, inode: /^\d+$/ })
})

t.test('only regular files are archives: no folder, no named pipe', async t => {
  const root = await tempDir(t)
  await mkdir(join(root, 'folder.zip'))
  await writeFile(join(root, 'folder.zip', 'inner.zip'), '')
  execFileSync('mkfifo', [join(root, 'pipe.zip')])
  const found = await scan(root)
  t.same(found.paths, ['folder.zip/inner.zip'])
  t.match(found.skipped, [{ path: 'pipe.zip', reason: /regular file/ }])
})

t.test('symbolic links are followed inside the root, never out of it, and never in circles', async t => {
  const root = await tempDir(t)
  const outside = await tempDir(t)
  await writeFile(join(outside, 'secret.zip'), '')
  await mkdir(join(root, 'real'))
  await symlink(join(root, 'real'), join(root, 'link'))
  await symlink('..', join(root, 'real', 'loop'))
  await symlink('self.zip', join(root, 'self.zip'))
  await symlink('nowhere.zip', join(root, 'dangling.zip'))
  await symlink(outside, join(root, 'out'))
  await symlink(join(outside, 'secret.zip'), join(root, 'out.zip'))
  await symlink('real/a.zip', join(root, 'current.zip'))
  const found = await scan(root, ['real/a.zip'])
  t.same(found.paths, ['current.zip', 'link/a.zip', 'real/a.zip'])
  t.same(found.skipped.map(skipped => skipped.path).sort(), ['out', 'out.zip', 'self.zip'])
})

t.test('a tree in which every folder links to every other is scanned to an end', async t => {
  const root = await tempDir(t)
  for (const name of ['a', 'b', 'c', 'd']) {
    await mkdir(join(root, name))
    for (const other of ['a', 'b', 'c', 'd']) await symlink(`../${other}`, join(root, name, `to-${other}`))
  }
  const found = await scan(root, ['a/x.zip'])
  t.ok(found.paths.includes('a/x.zip'))
})

t.test('a name that cannot be a canonical path is skipped with its reason', async t => {
  const found = await scan(await tempDir(t), ['a\\b.zip', 'new\nline.zip', 'good.zip'])
  t.same(found.paths, ['good.zip'])
  t.equal(found.skipped.length, 2)
})

t.test('a root that is gone is unreadable, not empty', async t => {
  const found = await discover({ name: 'gone', path: '/nonexistent-zipzarr' })
  t.same(found.unreadable, [{ path: '', reason: 'ENOENT' }])
})

t.test('names that are not UTF-8 are left out and told, folders and what links lead to as well', async t => {
  const root = await tempDir(t)
  const bytes = (name: string) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')])
  await writeFile(bytes('caf\xe9.zip'), '')
  await writeFile(bytes('caf\xe9.txt'), '')
  await mkdir(bytes('f\xfc'))
  await writeFile(bytes('f\xfc/inner.zip'), '')
  await symlink(Buffer.from('caf\xe9.zip', 'latin1'), join(root, 'link.zip'))
  const found = await scan(root, ['\ufffd.zip', 'café.zip'])
  t.same(found.paths, ['café.zip', '\ufffd.zip'].sort(), 'U+FFFD itself is a character like others')
  t.same(found.skipped.map(({ path }) => path).sort(), ['caf\ufffd.zip', 'f\ufffd', 'link.zip'].sort())
  t.ok(found.skipped.every(({ reason }) => /not UTF-8/.test(reason)))
  t.same(found.unreadable, [])
})
