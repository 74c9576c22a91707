// Every array the corpus has a hash for, through GET /v1/stores/{id}/slice.
import { createHash } from 'node:crypto'
import t from 'tap'
import { expectedBelow, writeCorpusArchives } from '../support/corpus-archives.js'
import { startService } from '../support/service.js'
import { tempDir } from '../support/temp-dir.js'

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex')

t.test('every corpus array has its hash', async t => {
  const all = await writeCorpusArchives(await tempDir(t))
  const archives = all.filter(archive => archive.expectedPrefix !== undefined)
  const service = await startService(archives.map(({ file }) => file))
  t.teardown(() => service.close())
  for (const { id, expectedPrefix } of archives) {
    const arrays = [...expectedBelow(expectedPrefix as string)].filter(
      ([, { sha256 }]) => sha256 !== undefined,
    )
    let checked = 0
    for (const [path, expected] of arrays) {
      const format = expected.enc === 'json' ? 'json' : 'raw'
      const url = `/v1/stores/${id}/slice?path=${encodeURIComponent(path)}&format=${format}`
      const answer = await service.app.inject({ url })
      const bytes =
        format === 'raw' ? answer.rawPayload : JSON.stringify((answer.json() as unknown[]).flat(Infinity))
      if (answer.statusCode === 200 && sha256(bytes) === expected.sha256) checked += 1
      else t.fail(`${id}: ${path}`, { status: answer.statusCode, body: answer.body.slice(0, 300) })
    }
    t.equal(checked, arrays.length, `${id}: ${checked} arrays`)
    t.ok(checked > 0)
  }
})
