// Many events of one kind are a few lines and a number.
import t from 'tap'
import { BriefLog } from '../../src/registry/registry-log.js'

t.test('two thousand archives at once are eight lines and how many more there were', async t => {
  const lines: Array<[level: string, facts: object, message: string]> = []
  const log = new BriefLog({
    info: (facts, message) => void lines.push(['info', facts, message]),
    warn: (facts, message) => void lines.push(['warn', facts, message]),
  })
  for (let id = 0; id < 2000; id++) log.info({ id }, 'store ready')
  for (let id = 0; id < 9; id++) log.warn({ id }, 'store failed')
  log.warn({}, 'left out')
  t.equal(lines.length, 17)
  log.flush()
  t.strictSame(lines.slice(17), [
    ['info', { more: 1992 }, 'store ready: and 1992 more'],
    ['warn', { more: 1 }, 'store failed: and 1 more'],
  ])
  log.info({ id: 'later' }, 'store ready')
  t.strictSame(lines.at(-1), ['info', { id: 'later' }, 'store ready'], 'what comes later is told again')
  log.flush()
  t.equal(lines.length, 20)
})
