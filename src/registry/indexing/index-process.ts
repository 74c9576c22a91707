// The index process: reads archives of others so that the owner of the registry need not. One request at a
// time; it lives as long as its parent wants it.
import { isZipzarrError } from '../../errors.js'
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
    if (isZipzarrError(error)) {
      const { code, message, facts } = error
      send({ kind: 'failed', code, message, facts })
      return
    }
    // A defect of ours: its trace goes to the log of the parent, and the process goes on with the next archive.
    const stack = error instanceof Error ? error.stack : String(error)
    send({ kind: 'failed', code: 'INTERNAL', message: 'indexing the archive failed', facts: {}, stack })
  }
}

function send(reply: IndexReply): void {
  process.send?.(reply)
}
