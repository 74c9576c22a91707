// Log lines as a person at a terminal sees them, made from real ones.
import t from 'tap'
import { ZipzarrError } from '../src/errors.js'
import { renderLogLine } from '../src/log-text.js'
import { createLogger, processFactsOf } from '../src/logger.js'

function capture(facts: Parameters<typeof createLogger>[1]) {
  const lines: string[] = []
  const log = createLogger({ logLevel: 'info' }, facts, {
    write: line => void lines.push(renderLogLine(line)),
  })
  return { log, lines }
}

t.test('a line says when, who, how bad, what, of what and why', async t => {
  const { log, lines } = capture({ role: 'worker', worker: 2 })
  const err = new ZipzarrError('STORE_CHANGED', 'the archive changed')
  log.warn({ url: '/zarr/a/0', storeId: 'a', location: { root: 'r', path: 'a.zip' }, err }, 'request refused')
  t.match(
    lines[0],
    /^\d{4}-\d\d-\d\dT[\d:.]+Z worker 2 warn: request refused \(url=\/zarr\/a\/0, storeId=a, location={"root":"r","path":"a\.zip"}\): the archive changed\n$/,
  )
  t.strictSame(processFactsOf(log), { role: 'worker', worker: 2 })
})

t.test('of a defect the stack is shown, and why it came to it', async t => {
  const { log, lines } = capture({ role: 'primary' })
  log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed')
  t.match(lines[0], /^\S+ primary error: failed: outer: inner\nError: outer\n {4}at /)
  t.match(lines[0], /caused by: Error: inner/)
})

t.test('the worker that the primary speaks of is a fact, not who speaks', async t => {
  const { log, lines } = capture({ role: 'primary' })
  log.info({ worker: 3 }, 'worker ready')
  t.match(lines[0], / primary info: worker ready \(worker=3\)\n$/)
})

t.test('a name in an archive cannot steer the terminal', async t => {
  const { log, lines } = capture({ role: 'primary' })
  log.info({ id: 'a\u001b[2J\nb\u009b\u202e' }, 'store ready')
  t.match(lines[0], /id=a\\u\{1b\}\[2J\\u\{a\}b\\u\{9b\}\\u\{202e\}\)\n$/)
  t.equal(lines[0]?.split('\n').length, 2)
})
