// Every key of every corpus archive, with yauzl as the oracle of what the entry holds.

import { readFileSync } from 'node:fs'
import t from 'tap'
import { writeCorpusArchives } from '../support/corpus-archives.js'
import { readZipValues } from '../support/read-zip.js'
import { startService } from '../support/service.js'
import { tempDir } from '../support/temp-dir.js'

/** Sizes are checked of every so many keys: one request more for each would double the time. */
const HEAD_EVERY = 8

t.test('GET /zarr answers the bytes of every entry, HEAD its size', async t => {
  const all = await writeCorpusArchives(await tempDir(t))
  // The largest folder zipped twice more by our own writer adds only time.
  const archives = all.filter(({ id }) => !/^zarr-python-v2-fixture-(?:stored|deflated)$/.test(id))
  const service = await startService(archives.map(({ file }) => file))
  t.teardown(() => service.close())
  for (const { id, file } of archives) {
    const rootPrefix = service.registry.get(id)?.descriptor?.rootPrefix
    const prefix = rootPrefix === undefined || rootPrefix === '' ? '' : `${rootPrefix}/`
    const values = [...(await readZipValues(readFileSync(file)))].filter(([name]) => name.startsWith(prefix))
    let checked = 0
    for (const [name, value] of values) {
      const key = name.slice(prefix.length)
      const url = `/zarr/${id}/${key.split('/').map(encodeURIComponent).join('/')}`
      const get = await service.app.inject({ url })
      const isRight = get.statusCode === 200 && get.rawPayload.equals(value)
      if (isRight) checked += 1
      else t.fail(`${id}: ${key}`, { status: get.statusCode, body: get.body.slice(0, 200) })
      if (checked % HEAD_EVERY !== 1) continue
      const head = await service.app.inject({ method: 'HEAD', url })
      if (head.headers['content-length'] !== String(value.byteLength))
        t.fail(`HEAD ${id}: ${key}`, head.headers)
    }
    t.equal(checked, values.length, `${id}: ${checked} keys`)
    t.ok(checked > 0)
  }
})
