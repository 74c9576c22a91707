// The logger: one pino instance per process, JSON lines on stdout. Knows nothing of who logs what.
import { destination, type Logger, pino } from 'pino'
import type { Config } from './config.js'

export type { Logger }

/** A request's headers and query may carry keys: they never reach the log. */
const REDACTED = ['req.headers.authorization', 'req.headers.cookie', 'config.apiKeys', '*.authorization']

/** Fields every line of one process carries. */
export type ProcessFacts = { role: 'primary' | 'worker' | 'cli'; worker?: number }

/**
 * Writes synchronously: `kill -9` loses at most the line being written, and the last words before an exit are
 * there. The access log, which is the only frequent writer, buffers on its own.
 */
export function createLogger(config: Pick<Config, 'logLevel'>, facts: ProcessFacts): Logger {
  return pino(
    {
      level: config.logLevel,
      base: { pid: process.pid, ...facts },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: REDACTED,
    },
    destination({ fd: 1, sync: true }),
  )
}
