// A log line for a person at a terminal, made from the JSON line that everybody else gets. Pure.

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

interface LogLine {
  readonly level: number
  readonly time: string
  readonly msg?: string
  readonly role?: string
  readonly worker?: number
  readonly err?: { readonly message?: string; readonly stack?: string; readonly code?: string }
  readonly [fact: string]: unknown
}

/**
 * `2026-01-31T12:00:00.000Z worker 2 warn: request refused (url=/zarr/a/0): the archive changed`; the stack of
 * what is no error of our own follows.
 */
export function renderLogLine(json: string): string {
  const { level, time, pid: _pid, role, worker, msg = '', err, ...facts } = JSON.parse(json) as LogLine
  const who = role === 'worker' ? `worker ${worker}` : (role ?? 'service')
  const shown = Object.entries({ ...facts, ...(role !== 'worker' && worker !== undefined && { worker }) })
  const details = shown.map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const text = [
    `${time} ${who} ${LEVELS[level] ?? level}: ${msg}`,
    details.length > 0 ? ` (${details.join(', ')})` : '',
    err?.message === undefined ? '' : `: ${err.message}`,
  ].join('')
  const stack = err !== undefined && err.code === undefined ? `\n${err.stack ?? ''}` : ''
  return `${visible(text)}${stack}\n`
}

/** Names in archives and URLs must not send escape sequences to the terminal. */
function visible(text: string): string {
  return text.replace(/\p{C}/gu, unit => `\\u{${unit.codePointAt(0)?.toString(16)}}`)
}
