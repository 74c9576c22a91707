// Connections of real node:http servers, seen from bare sockets: what their clients get, byte by byte.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { ServerConnections } from '../../../src/cluster/worker/server-connections.js'
import { ReadResources } from '../../../src/zarr/reading/read-resources.js'
import { ROOT_GROUP, serveEntries, smallArray } from '../../support/service-client.js'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

interface Harness {
  readonly connections: ServerConnections
  readonly connect: () => Promise<Client>
}

function follow(t: Test, server: Server): Harness {
  const connections = new ServerConnections(server)
  const { port } = server.address() as AddressInfo
  return {
    connections,
    connect: async () => {
      const socket = connect(port, '127.0.0.1')
      t.teardown(() => socket.destroy())
      await once(socket, 'connect')
      return new Client(socket)
    },
  }
}

async function listen(t: Test, handler: Handler): Promise<Harness> {
  const server = createServer({ keepAliveTimeout: 60_000 }, handler)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return follow(t, server)
}

/** One bare connection. */
class Client {
  readonly #socket: Socket
  readonly ended: Promise<unknown>
  #received = ''
  #waiting: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    // Neither a reset nor anything but an orderly end.
    this.ended = once(socket, 'end')
    this.ended.catch(() => undefined)
    socket.on('data', data => {
      this.#received += data.toString('latin1')
      this.#waiting?.()
    })
  }

  send(path = '/', ...headers: string[]): void {
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${headers.join('')}\r\n`)
  }

  /** The next answer of one that has a length. */
  async answer(): Promise<{ connection: string; body: string }> {
    for (;;) {
      const found = /^HTTP\/1\.1 200 OK\r\n([\s\S]*?)\r\n\r\n/.exec(this.#received)
      const length = Number(/content-length: (\d+)/i.exec(found?.[1] ?? '')?.[1])
      if (found !== null && this.#received.length >= found[0].length + length) {
        const body = this.#received.slice(found[0].length, found[0].length + length)
        this.#received = this.#received.slice(found[0].length + length)
        return { connection: /^connection: (.*)$/im.exec(found[1]!)![1]!.trim(), body }
      }
      await new Promise<void>(resolve => {
        this.#waiting = resolve
      })
    }
  }

  async ask(path?: string, ...headers: string[]): Promise<{ connection: string; body: string }> {
    this.send(path, ...headers)
    return await this.answer()
  }
}

const hello: Handler = (_request, response) => response.end('hello')

t.test('as many of the next answers as are to be shed close their connections, whole', async t => {
  const { connections, connect } = await listen(t, hello)
  const clients = await Promise.all([connect(), connect(), connect()])
  for (const client of clients) t.match(await client.ask(), { connection: 'keep-alive', body: 'hello' })
  connections.shed(2)
  const [first, second, third] = clients as [Client, Client, Client]
  t.match(await first.ask(), { connection: 'close', body: 'hello' })
  t.match(await second.ask(), { connection: 'close', body: 'hello' })
  t.match(await third.ask(), { connection: 'keep-alive', body: 'hello' })
  await Promise.all([first.ended, second.ended])
  t.equal(connections.shedCount, 2)
  t.match(await third.ask(), { connection: 'keep-alive', body: 'hello' })
  t.equal(connections.count, 1)
  t.match(await (await connect()).ask(), { connection: 'keep-alive' }, 'a new one is kept')
})

t.test('an answer under way closes its connection as long as its head is not sent', async t => {
  const pending: ServerResponse[] = []
  let arrived = (): void => undefined
  const { connections, connect } = await listen(t, (_request, response) => {
    pending.push(response)
    arrived()
  })
  const [late, early] = [await connect(), await connect()]
  for (const client of [late, early]) {
    const arrival = new Promise<void>(resolve => {
      arrived = resolve
    })
    client.send()
    await arrival
  }
  pending[1]!.setHeader('content-length', 5).write('he')
  connections.shed(2)
  pending[0]!.end('hello')
  pending[1]!.end('llo')
  t.match(await late.answer(), { connection: 'close', body: 'hello' })
  t.match(await early.answer(), { connection: 'keep-alive', body: 'hello' })
  await late.ended
  t.equal(connections.shedCount, 1)
})

t.test('a connection that closes anyway does not count', async t => {
  const { connections, connect } = await listen(t, hello)
  const [leaving, staying] = [await connect(), await connect()]
  connections.shed(1)
  t.match(await leaving.ask('/', 'Connection: close\r\n'), { connection: 'close' })
  t.equal(connections.shedCount, 0)
  t.match(await staying.ask(), { connection: 'close' })
  t.equal(connections.shedCount, 1)
})

t.test('a connection with pipelined requests is kept: no request of it is lost', async t => {
  const { connections, connect } = await listen(t, (request, response) => {
    setImmediate(() => response.end(request.url))
  })
  const client = await connect()
  client.send('/a')
  client.send('/b')
  t.match(await client.answer(), { body: '/a' })
  t.match(await client.answer(), { body: '/b' })
  connections.shed(1)
  t.match(await client.ask('/c'), { connection: 'keep-alive', body: '/c' })
  t.match(await client.ask('/d'), { connection: 'keep-alive', body: '/d' })
})

t.test('what was not shed soon is forgotten, and a new order takes the place of the old', async t => {
  const { connections, connect } = await listen(t, hello)
  const client = await connect()
  connections.shed(5)
  for (let window = 0; window < 5; window++) connections.nextWindow()
  t.match(await client.ask(), { connection: 'keep-alive' })
  connections.shed(5)
  connections.shed(0)
  t.match(await client.ask(), { connection: 'keep-alive' })
})

t.test('connections at work are those with a request in the window or an answer being made', async t => {
  const pending: ServerResponse[] = []
  const { connections, connect } = await listen(t, (request, response) => {
    if (request.url === '/slow') pending.push(response)
    else response.end('hello')
  })
  const [idle, quick, slow] = [await connect(), await connect(), await connect()]
  await idle.ask()
  connections.nextWindow()
  slow.send('/slow')
  await quick.ask()
  await quick.ask()
  while (pending.length === 0) await quick.ask()
  t.equal(connections.count, 3)
  t.equal(connections.countActive(), 2)
  connections.nextWindow()
  t.equal(connections.countActive(), 1)
  pending[0]!.setHeader('content-length', 5).write('he')
  t.equal(connections.countActive(), 1, 'bytes were written')
  t.equal(connections.countActive(), 0, 'its client takes no more')
  pending[0]!.end('llo')
  t.match(await slow.answer(), { body: 'hello' })
  t.equal(connections.countActive(), 0)
})

t.test('every kind of answer of the service can be the last of its connection', async t => {
  // Slabs of one chunk, so that the slice streams.
  const resources = new ReadResources({ slabBytes: 24, maxSlabBytes: 24, chunkCacheBytes: 0 })
  const service = await serveEntries(t, [ROOT_GROUP, ...smallArray()], {}, { resources })
  await service.listen()
  const { connections, connect } = follow(t, service.app.server)
  const paths = [
    '/health/live',
    '/zarr/a/x/zarr.json',
    '/zarr/a/x/c/0/0',
    '/v1/stores/a/slice?path=x&format=raw',
  ]
  for (const path of paths) {
    const client = await connect()
    const { connection, body } = await client.ask(path)
    t.equal(connection, 'keep-alive', path)
    connections.shed(1)
    t.match(await client.ask(path), { connection: 'close', body }, path)
    await client.ended
  }
  t.equal(connections.shedCount, paths.length)
})
