// The logger: one pino instance per process, JSON lines on stdout, or lines of text on a terminal. Knows nothing of
// who logs what.
import { isatty } from 'node:tty'
import { type DestinationStream, destination, type Logger, pino } from 'pino'
import type { Config } from './config.js'
import { renderLogLine } from './log-text.js'

export type { Logger }

/** A request's headers and query may carry keys: they never reach the log. */
const REDACTED = ['req.headers.authorization', 'req.headers.cookie', 'config.apiKeys', '*.authorization']

/** Fields every line of one process carries. */
export type ProcessFacts = { readonly role?: 'primary' | 'worker' | 'cli'; readonly worker?: number }

const STDOUT = 1

/**
 * All lines have one format of time, the process and its role. Without an output of its own it writes to stdout,
 * synchronously: `kill -9` loses at most the line being written, and the last words before an exit are there.
 */
export function createLogger(
  config: Pick<Config, 'logLevel'>,
  facts: ProcessFacts,
  output: DestinationStream = forReaders(destination({ fd: STDOUT, sync: true })),
): Logger {
  const base = { pid: process.pid, ...facts }
  return pino(
    { level: config.logLevel, base, timestamp: pino.stdTimeFunctions.isoTime, redact: REDACTED },
    output,
  )
}

/** An output to stdout as its reader wants it: machines read JSON, people at a terminal read text. */
export function forReaders(output: DestinationStream): DestinationStream {
  if (!isatty(STDOUT)) return output
  return { write: line => output.write(renderLogLine(line)) }
}

/** What every line of this logger says of its process. */
export function processFactsOf(logger: Logger): ProcessFacts {
  const { role, worker } = logger.bindings() as ProcessFacts
  return { ...(role !== undefined && { role }), ...(worker !== undefined && { worker }) }
}
