// `zipzarr serve`: starts the primary, prints where it is, answers signals until the end.

import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Primary } from '../cluster/primary/primary.js'
import { StartupError } from '../cluster/startup-error.js'
import type { Config } from '../config.js'
import { createLogger, type Logger } from '../logger.js'
import { describeService, shownStores } from './ready-lines.js'
import { kindsOf } from './store-kinds.js'

/** Small archives are indexed in this time, so the list printed at the start is whole; big ones go on. */
const SETTLE_PATIENCE_MS = 2000
/** Of a process ended by SIGINT, as shells have it. */
const INTERRUPTED_EXIT_CODE = 130

/** The sample lies beside the sources: build/src/cli/serve.js → test/fixtures/sample. */
const SAMPLE = fileURLToPath(new URL('../../../test/fixtures/sample', import.meta.url))

/**
 * Serves until a signal ends it, and answers the exit code.
 * @param ignored variables of the environment that look like options and are none
 */
export async function serve(config: Config, ignored: readonly string[]): Promise<number> {
  const log = createLogger(config, { role: 'primary' })
  if (ignored.length > 0)
    log.info({ variables: ignored }, 'ignored: Kubernetes sets these for a Service, they are no options')
  const served = config.paths.length > 0 ? config : { ...config, paths: [SAMPLE] }
  return await new Promise<number>((resolve, reject) => {
    const primary = new Primary({
      config: served,
      log,
      onFailed: reason => reject(new StartupError(reason)),
    })
    handleSignals(primary, log, resolve)
    primary
      .start()
      .then(() => announce(primary, config))
      .catch(reject)
  })
}

async function announce(primary: Primary, config: Config): Promise<void> {
  await Promise.race([primary.whenSettled(), delay(SETTLE_PATIENCE_MS, undefined, { ref: false })])
  const { origin, stores, unpacked } = primary
  const isSample = config.paths.length === 0
  const ids = shownStores(stores).map(({ id }) => id)
  const kinds = await kindsOf({ origin, apiKeys: config.apiKeys }, ids)
  process.stderr.write(`${describeService({ origin, stores, kinds, unpacked, isSample })}\n`)
  if (primary.adminOrigin !== undefined) process.stderr.write(`health and metrics: ${primary.adminOrigin}\n`)
}

/** SIGTERM and SIGINT stop (the second one at once), SIGHUP reloads. */
function handleSignals(primary: Primary, log: Logger, end: (exitCode: number) => void): void {
  let isStopping = false
  const stop = async (): Promise<void> => {
    if (isStopping) {
      await primary.kill()
      end(INTERRUPTED_EXIT_CODE)
      return
    }
    isStopping = true
    end((await primary.stop()) ? 0 : 1)
  }
  const run = (task: () => Promise<void>) => () => {
    task().catch(error => log.error({ err: error }, 'signal handler failed'))
  }
  process.on('SIGTERM', run(stop))
  process.on('SIGINT', run(stop))
  process.on(
    'SIGHUP',
    run(() => primary.reload()),
  )
}
