// Drains a real node:http server under real clients.
import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { ServerConnections } from '../../../src/cluster/worker/server-connections.js'
import { ServerDrain } from '../../../src/cluster/worker/server-drain.js'

interface Harness {
  readonly drain: ServerDrain
  readonly connections: ServerConnections
  readonly port: number
  readonly close: () => Promise<void>
}

async function listen(
  t: Test,
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Harness> {
  const server: Server = createServer({ keepAliveTimeout: 60_000 }, handler)
  const connections = new ServerConnections(server)
  const drain = new ServerDrain(server, connections)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.closeAllConnections())
  const { port } = server.address() as AddressInfo
  const close = () => new Promise<void>(resolve => void server.close(() => resolve()))
  return { drain, connections, port, close }
}

interface Answer {
  readonly status: number
  readonly connection: string | undefined
  readonly body: string
}

async function ask(port: number, agent: Agent): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent }, response => {
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(parts).toString()
        resolve({ status: response.statusCode!, connection: response.headers.connection, body })
      })
    }).on('error', reject)
  })
}

/** A promise and what resolves it. */
function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined
  const given = new Promise<void>(resolve => {
    give = resolve
  })
  return { given, give }
}

/** Longer than any of it takes, and shorter than what would hold an idle connection for 60 s. */
const DEADLINE_MS = 50_000

t.test('during the lame duck every answer closes its connection, and new ones are still taken', async t => {
  const { drain, connections, port, close } = await listen(t, (_request, response) => response.end('ok'))
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  t.match(await ask(port, agent), { body: 'ok', connection: 'keep-alive' })
  const lameDuck = signal()
  const drained = drain.drain({ lameDuck: lameDuck.given, deadlineMs: DEADLINE_MS, close })
  t.match(await ask(port, agent), { body: 'ok', connection: 'close' }, 'on the old connection')
  t.match(await ask(port, agent), { body: 'ok', connection: 'close' }, 'on a new one')
  lameDuck.give()
  t.equal(await drained, 0)
  t.equal(connections.count, 0)
  await t.rejects(ask(port, agent), { code: 'ECONNREFUSED' })
})

t.test('answers under way are finished whole, and their connections do not hold the end up', async t => {
  const arrived = signal()
  const finish = signal()
  const { drain, port, close } = await listen(t, async (_request, response) => {
    response.write('first')
    arrived.give()
    await finish.given
    response.end('last')
  })
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const answer = ask(port, agent)
  await arrived.given
  const closing = () => {
    finish.give()
    return close()
  }
  const drained = drain.drain({ lameDuck: Promise.resolve(), deadlineMs: DEADLINE_MS, close: closing })
  t.match(await answer, { body: 'firstlast' })
  t.equal(await drained, 0, 'nothing was left to cut at the deadline')
})

t.test('a request that began before the drain closes its connection too', async t => {
  const arrived = signal()
  const finish = signal()
  const { drain, port, close } = await listen(t, async (_request, response) => {
    arrived.give()
    await finish.given
    response.end('late')
  })
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const answer = ask(port, agent)
  await arrived.given
  const lameDuck = signal()
  const drained = drain.drain({ lameDuck: lameDuck.given, deadlineMs: DEADLINE_MS, close })
  finish.give()
  t.match(await answer, { body: 'late', connection: 'close' })
  lameDuck.give()
  t.equal(await drained, 0)
})

t.test('idle and silent connections do not hold the end up', async t => {
  const { drain, port, close } = await listen(t, (_request, response) => response.end('ok'))
  const silent = connect(port, '127.0.0.1')
  const closed = new Promise(resolve => silent.on('close', resolve))
  silent.on('error', () => undefined)
  await new Promise(resolve => silent.on('connect', resolve))
  const drained = drain.drain({ lameDuck: Promise.resolve(), deadlineMs: DEADLINE_MS, close })
  t.equal(await drained, 0, 'nothing was left to cut at the deadline')
  await closed
})

t.test('at the deadline what is left is cut and counted', async t => {
  const arrived = signal()
  const { drain, port, close } = await listen(t, (_request, response) => {
    response.write('never ends')
    arrived.give()
  })
  const agent = new Agent()
  const answer = ask(port, agent)
  answer.catch(() => undefined)
  await arrived.given
  t.equal(await drain.drain({ lameDuck: Promise.resolve(), deadlineMs: 100, close }), 1)
  await t.rejects(answer)
})
