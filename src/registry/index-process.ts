// The index process: reads archives of others so that the owner of the registry need not. One request at a
// time; it lives as long as its parent wants it.
import { isZipzarrError } from '../errors.js'
import { type IndexRequest, indexArchive } from './index-archive.js'
import type { IndexReply } from './index-child.js'

/** The parent restarts a child that is silent for long: progress is told often enough to be heard. */
const PROGRESS_MS = 250

process.on('message', message => void answer(message as IndexRequest))
process.on('disconnect', () => process.exit())
// The terminal's Ctrl-C and hang-up go to every process of its group; the parent decides for its children.
process.on('SIGINT', () => undefined)
process.on('SIGHUP', () => undefined)

async function answer(request: IndexRequest): Promise<void> {
  let toldAtMs = Number.NEGATIVE_INFINITY
  try {
    const archive = await indexArchive(request, progress => {
      if (performance.now() - toldAtMs < PROGRESS_MS) return
      toldAtMs = performance.now()
      send({ kind: 'progress', progress })
    })
    send({ kind: 'done', archive })
  } catch (error) {
    if (!isZipzarrError(error)) throw error
    send({ kind: 'failed', code: error.code, message: error.message, facts: error.facts })
  }
}

function send(reply: IndexReply): void {
  process.send?.(reply)
}
