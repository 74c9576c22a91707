// Drains a real node:http server under real clients.
import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { ServerConnections } from '../../src/cluster/server-connections.js'
import { ServerDrain } from '../../src/cluster/server-drain.js'

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

t.test('during the lame duck every answer closes its connection, and new ones are still taken', async t => {
  const { drain, connections, port, close } = await listen(t, (_request, response) => response.end('ok'))
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  t.match(await ask(port, agent), { body: 'ok', connection: 'keep-alive' })
  const drained = drain.drain({ lameDuckMs: 200, deadlineMs: 5000, close })
  t.match(await ask(port, agent), { body: 'ok', connection: 'close' }, 'on the old connection')
  t.match(await ask(port, agent), { body: 'ok', connection: 'close' }, 'on a new one')
  t.equal(await drained, 0)
  t.equal(connections.count, 0)
  await t.rejects(ask(port, agent), { code: 'ECONNREFUSED' })
})

t.test('answers under way are finished whole, and their connections do not hold the end up', async t => {
  const { drain, port, close } = await listen(t, (_request, response) => {
    response.write('first')
    setTimeout(() => response.end('last'), 300)
  })
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const answer = ask(port, agent)
  await new Promise(resolve => setTimeout(resolve, 50))
  const startedAt = performance.now()
  t.equal(await drain.drain({ lameDuckMs: 0, deadlineMs: 5000, close }), 0)
  t.match(await answer, { body: 'firstlast' })
  t.ok(performance.now() - startedAt < 2000, 'not the keep-alive time-out')
})

t.test('a request that began before the drain closes its connection too', async t => {
  const { drain, port, close } = await listen(t, (_request, response) => {
    setTimeout(() => response.end('late'), 100)
  })
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const answer = ask(port, agent)
  await new Promise(resolve => setTimeout(resolve, 30))
  const drained = drain.drain({ lameDuckMs: 300, deadlineMs: 5000, close })
  t.match(await answer, { body: 'late', connection: 'close' })
  t.equal(await drained, 0)
})

t.test('idle and silent connections do not hold the end up', async t => {
  const { drain, port, close } = await listen(t, (_request, response) => response.end('ok'))
  const silent = connect(port, '127.0.0.1')
  const closed = new Promise(resolve => silent.on('close', resolve))
  silent.on('error', () => undefined)
  await new Promise(resolve => silent.on('connect', resolve))
  const startedAt = performance.now()
  t.equal(await drain.drain({ lameDuckMs: 100, deadlineMs: 10_000, close }), 0)
  t.ok(performance.now() - startedAt < 3000)
  await closed
})

t.test('at the deadline what is left is cut and counted', async t => {
  const { drain, port, close } = await listen(t, (_request, response) => void response.write('never ends'))
  const agent = new Agent()
  const answer = ask(port, agent)
  answer.catch(() => undefined)
  await new Promise(resolve => setTimeout(resolve, 50))
  t.equal(await drain.drain({ lameDuckMs: 0, deadlineMs: 100, close }), 1)
  await t.rejects(answer)
})
