import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { DataRootError, openDataRoots, rootPaths } from '../../../src/registry/discovery/data-roots.js'
import { discover } from '../../../src/registry/discovery/discovery.js'
import { tempDir } from '../../support/temp-dir.js'

t.test('a folder is a root by its own name, two of one name are numbered', async t => {
  const top = await tempDir(t)
  for (const path of ['one/data', 'two/data', 'öd']) await mkdir(join(top, path), { recursive: true })
  const roots = await openDataRoots(['one/data', 'two/data', 'öd', 'one/data'].map(path => join(top, path)))
  t.same(
    roots.map(root => root.name),
    ['data', 'data-2', 'öd'],
  )
  t.same(rootPaths(roots).get('data'), join(top, 'one/data'))
})

t.test('a file makes its folder a root of just that file, hidden or not', async t => {
  const top = await tempDir(t)
  for (const file of ['a.zip', 'b.zip', '.c.ozx']) await writeFile(join(top, file), '')
  const roots = await openDataRoots([join(top, 'a.zip'), join(top, '.c.ozx')])
  t.equal(roots.length, 1)
  const { archives } = await discover(roots[0])
  t.same(archives.map(archive => archive.location.path).sort(), ['.c.ozx', 'a.zip'])
  const [whole] = await openDataRoots([join(top, 'a.zip'), top])
  t.equal(whole.only, undefined, 'the folder given as well wins')
})

t.test('a link keeps its name while it stays in its folder and stands for its target otherwise', async t => {
  const top = await tempDir(t)
  const other = await tempDir(t)
  await writeFile(join(top, 'v1.zip'), '')
  await writeFile(join(other, 'far.zip'), '')
  await symlink('v1.zip', join(top, 'current.zip'))
  await symlink(join(other, 'far.zip'), join(top, 'near.zip'))
  const [near, far] = await openDataRoots([join(top, 'current.zip'), join(top, 'near.zip')])
  t.same([...(near.only ?? [])], ['current.zip'])
  t.match(far, { path: other, only: new Set(['far.zip']) })
})

t.test('a path that cannot be served is one clear sentence', async t => {
  const top = await tempDir(t)
  await writeFile(join(top, 'notes.txt'), '')
  const cases: [string, RegExp][] = [
    [join(top, 'missing'), /no such file or folder/],
    [join(top, 'notes.txt'), /neither a folder nor a \.zip or \.ozx file/],
    [join(top, 'notes.txt', 'x'), /cannot be opened \(ENOTDIR\)/],
  ]
  for (const [path, message] of cases) {
    const error = await openDataRoots([path]).catch(error => error)
    t.ok(error instanceof DataRootError)
    t.match(error.message, message)
  }
})
