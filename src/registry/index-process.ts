// The index process: reads archives of others so that the owner of the registry need not. One request at a
// time; it lives as long as its parent wants it.
import { isZipzarrError, ZipzarrError } from '../errors.js'
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
    const failure = isZipzarrError(error) ? error : defect(error)
    send({ kind: 'failed', code: failure.code, message: failure.message, facts: failure.facts })
  }
}

/** A defect of ours: the trace is for the log, and the process goes on with the next archive. */
function defect(error: unknown): ZipzarrError {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  return new ZipzarrError('INTERNAL', 'indexing the archive failed')
}

function send(reply: IndexReply): void {
  process.send?.(reply)
}
