// What a forked worker process runs: the channel first, then the worker the primary describes in `init`.
import cluster from 'node:cluster'
import type { InitMessage } from '../messages.js'
import { PrimaryLink } from '../worker/primary-link.js'
import { ClusterWorker } from '../worker/worker.js'

const link = new PrimaryLink(process)
let worker: ClusterWorker | undefined

/** Time for the last words to reach the primary. */
const LAST_WORDS_MS = 200

function fail(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  worker?.log.fatal({ err: error }, 'worker failed')
  process.exitCode = 1
  link.send({ type: 'failed', reason: reason.slice(0, 2000) })
  setTimeout(() => process.exit(1), LAST_WORDS_MS)
}

function start(init: InitMessage): void {
  try {
    worker = new ClusterWorker(link, init, cluster.worker?.id ?? 0)
    worker.prepare().catch(fail)
  } catch (error) {
    fail(error)
  }
}

/** After an uncaught exception nothing is known of the state: log, end, be replaced. */
function crash(error: unknown): void {
  // The primary went away while this process started: it ends with its channel, quietly.
  if (!process.connected) process.exit(0)
  worker?.log.fatal({ err: error }, 'uncaught exception')
  if (worker === undefined) process.stderr.write(`worker failed: ${String(error)}\n`)
  process.exit(1)
}

process.on('uncaughtException', crash)
process.on('unhandledRejection', crash)
// A terminal sends SIGINT and SIGHUP to the whole group; the primary answers them and tells us what to do.
process.on('SIGINT', () => undefined)
process.on('SIGHUP', () => undefined)
process.on('SIGTERM', () => {
  if (worker === undefined) process.exit(0)
  void worker.leave()
})

link.listen(message => {
  switch (message.type) {
    case 'init':
      start(message)
      break
    case 'serve':
      worker?.serve().catch(fail)
      break
    default:
      worker?.receive(message)
  }
})
link.send({ type: 'loaded' })
