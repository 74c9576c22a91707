import t from 'tap'
import { parseMessageToPrimary, parseMessageToWorker } from '../../src/cluster/messages.js'
import { resolveConfig } from '../../src/config.js'

const snapshot = { epoch: 'e', revision: 3, records: [{ id: 'a' }] }
const init = {
  type: 'init',
  config: resolveConfig({ port: 0 }),
  listen: { host: '127.0.0.1', port: 8080 },
  dataRoots: [['data', '/data']],
  isSettled: true,
  snapshot,
}

t.test('every message survives JSON and is taken on arrival', async t => {
  const toWorker = [
    init,
    { type: 'snapshot', snapshot },
    { type: 'change', change: { kind: 'put', epoch: 'e', revision: 4, record: { id: 'a' } } },
    { type: 'change', change: { kind: 'remove', epoch: 'e', revision: 5, id: 'a' } },
    { type: 'reply', requestId: 1, result: { ok: true, value: { id: 'a' } } },
    { type: 'reply', requestId: 2, result: { ok: true } },
    {
      type: 'reply',
      requestId: 3,
      result: { ok: false, error: { code: 'STORE_EXISTS', message: 'm', facts: {} } },
    },
    { type: 'serve' },
    { type: 'drain' },
    { type: 'settled' },
    { type: 'shed', count: 8 },
  ]
  const toPrimary = [
    { type: 'loaded' },
    { type: 'standby' },
    { type: 'ready' },
    { type: 'ack', epoch: 'e', revision: 3 },
    { type: 'resync' },
    { type: 'changed', id: 'a', revision: 3 },
    { type: 'index-damaged', id: 'a', revision: 3 },
    { type: 'mutate', requestId: 1, mutation: { kind: 'remove', id: 'a' } },
    {
      type: 'mutate',
      requestId: 2,
      mutation: { kind: 'register', request: { location: { root: 'data', path: 'a.zip' }, root: 'x' } },
    },
    { type: 'metrics', values: { open_fds: 12, cpu_seconds_total: 0.5 } },
    { type: 'load', load: { utilisation: 0.75, connections: 16 } },
    { type: 'failed', reason: 'why' },
  ]
  for (const message of toWorker) t.same(parseMessageToWorker(JSON.parse(JSON.stringify(message))), message)
  for (const message of toPrimary) t.same(parseMessageToPrimary(JSON.parse(JSON.stringify(message))), message)
})

t.test('anything else is refused by name, never half-taken', async t => {
  const bad: Array<[unknown, RegExp]> = [
    [undefined, /no message type/],
    ['drain', /no message type/],
    [{ type: 'explode' }, /a bad "explode"/],
    [{ type: 'ack', epoch: 'e' }, /a bad "ack"/],
    [{ type: 'ack', epoch: 'e', revision: -1 }, /a bad "ack"/],
    [{ type: 'ack', epoch: 'e', revision: 1.5 }, /a bad "ack"/],
    [{ type: 'metrics', values: { 'a{b="c"}': 1 } }, /a bad "metrics"/],
    [{ type: 'metrics', values: { open_fds: null } }, /a bad "metrics"/],
    [{ type: 'mutate', requestId: 1, mutation: { kind: 'rename' } }, /a bad "mutate"/],
    [{ type: 'load', load: { utilisation: 1.01, connections: 1 } }, /a bad "load"/],
    [{ type: 'load', load: { utilisation: null, connections: 1 } }, /a bad "load"/],
    [{ type: 'load', load: { utilisation: 1, connections: -1 } }, /a bad "load"/],
  ]
  for (const [value, message] of bad) t.throws(() => parseMessageToPrimary(value), { message })
  t.throws(() => parseMessageToWorker({ ...init, config: { ...init.config, port: 'x' } }), {
    message: /a bad "init"/,
  })
  t.throws(() => parseMessageToWorker({ ...init, dataRoots: [['data']] }), { message: /a bad "init"/ })
  t.throws(() => parseMessageToWorker({ type: 'shed', count: 0.5 }), { message: /a bad "shed"/ })
  t.throws(
    () => parseMessageToWorker({ type: 'change', change: { kind: 'put', epoch: 'e', revision: 4 } }),
    TypeError,
  )
})
