// Bodies in pieces over real sockets: a body is whole or visibly broken, and never more is read than is taken.
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type FastifyInstance, fastify } from 'fastify'
import t from 'tap'
import { ZipzarrError } from '../../src/errors.js'
import { stopOf } from '../../src/plugins/client.js'
import { sendProblem } from '../../src/plugins/errors.js'
import type { BodyInPieces } from '../../src/responses/response.js'
import { send } from '../../src/responses/send.js'

const PIECE = Buffer.alloc(100_000, 'p')

interface Source {
  readonly pieces: AsyncIterable<Uint8Array>
  readonly options?: Partial<BodyInPieces> & { readonly byteLength?: number }
}

/** A server whose one route sends what `make` says. */
async function serve(
  test: { teardown(close: () => unknown): void },
  make: (signal: AbortSignal) => Source,
): Promise<FastifyInstance> {
  const app = fastify()
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, error))
  app.get('/', async (_request, reply) => {
    const { pieces, options: { byteLength, ...options } = {} } = make(stopOf(reply).signal)
    const head = ['content-type', 'application/octet-stream']
    return send(reply, { status: 200, head, byteLength, body: { pieces, ...options } })
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  test.teardown(() => {
    app.server.closeAllConnections()
    return app.close()
  })
  return app
}

const portOf = (app: FastifyInstance): number => (app.server.address() as AddressInfo).port

async function* pieces(count: number, failure?: Error): AsyncGenerator<Buffer> {
  for (let i = 0; i < count; i++) yield PIECE
  if (failure !== undefined) throw failure
}

interface Received {
  /** Absent: a reset overtook the answer's head. */
  readonly answer?: IncomingMessage
  readonly byteLength: number
  readonly isWhole: boolean
}

function receive(app: FastifyInstance): Promise<Received> {
  return new Promise(resolve => {
    get({ port: portOf(app), host: '127.0.0.1', agent: false }, answer => {
      let byteLength = 0
      answer.on('data', (part: Buffer) => {
        byteLength += part.byteLength
      })
      answer.on('error', () => undefined)
      answer.on('close', () => resolve({ answer, byteLength, isWhole: answer.complete }))
    }).on('error', () => resolve({ byteLength: 0, isWhole: false }))
  })
}

const failure = new ZipzarrError('CHECKSUM_MISMATCH', 'a chunk is damaged')

t.test('what fits in the first pieces is one answer with its length', async t => {
  const app = await serve(t, () => ({ pieces: pieces(0) }))
  t.match(await receive(app), {
    byteLength: 0,
    isWhole: true,
    answer: { headers: { 'content-length': '0' } },
  })
  const small = async function* () {
    yield Buffer.from('abc')
    yield Buffer.from('def')
  }
  const other = await serve(t, () => ({ pieces: small() }))
  t.match(await receive(other), {
    byteLength: 6,
    isWhole: true,
    answer: { headers: { 'content-length': '6' } },
  })
})

t.test('a larger body streams, with its length when it is known', async t => {
  const known = await serve(t, () => ({ pieces: pieces(20), options: { byteLength: 2_000_000 } }))
  const whole = await receive(known)
  t.match(whole, { byteLength: 2_000_000, isWhole: true })
  t.equal(whole.answer?.headers['content-length'], '2000000')
  const unknown = await serve(t, () => ({ pieces: pieces(20) }))
  t.match(await receive(unknown), { byteLength: 2_000_000, isWhole: true })
})

t.test('a failure before the first bytes is a proper problem', async t => {
  const app = await serve(t, () => ({ pieces: pieces(0, failure), options: { byteLength: 10 } }))
  const { answer, isWhole } = await receive(app)
  t.match(answer, { statusCode: 500, headers: { 'content-type': 'application/problem+json' } })
  t.ok(isWhole)
})

t.test('a failure after the first bytes never looks like a whole body', async t => {
  for (const options of [{}, { byteLength: 2_000_000 }]) {
    const app = await serve(t, () => ({ pieces: pieces(10, failure), options }))
    t.match(await receive(app), { isWhole: false })
  }
})

t.test('a body of another length than announced is cut, or refused while it can be', async t => {
  const late = await serve(t, () => ({ pieces: pieces(10), options: { byteLength: 1_000_001 } }))
  t.match(await receive(late), { isWhole: false })
  const early = await serve(t, () => ({ pieces: pieces(0), options: { byteLength: 5 } }))
  t.match((await receive(early)).answer, { statusCode: 500 })
})

t.test('HTTP/1.0, where the end of the connection ends the body, sees a reset and not an end', async t => {
  // The failure waits until everything before it was received: Node's own client takes a reset that arrives
  // together with data for an end.
  let receivedAll = (): void => undefined
  const received = new Promise<void>(resolve => {
    receivedAll = resolve
  })
  const source = async function* () {
    yield* pieces(10)
    await received
    throw failure
  }
  const app = await serve(t, () => ({ pieces: source() }))
  const socket = connect(portOf(app), '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n'))
  let byteLength = 0
  socket.on('data', part => {
    byteLength += part.byteLength
    if (byteLength > 10 * PIECE.byteLength) receivedAll()
  })
  const outcome = await new Promise(resolve => {
    socket.once('end', () => resolve('a clean end'))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
  t.equal(outcome, 'ECONNRESET')
})

t.test('a slow client holds the reading back, and each piece is released once it is taken', async t => {
  let pulled = 0
  let released = 0
  const source = async function* () {
    for (; pulled < 500; pulled++) yield PIECE
  }
  const release = () => {
    released += 1
  }
  const app = await serve(t, () => ({ pieces: source(), options: { release } }))
  const socket = connect(portOf(app), '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
  await once(socket, 'readable')
  socket.pause()
  // Until the kernel's buffers are full some pieces go; then nothing is pulled any more.
  let before = -1
  while (before !== pulled) {
    before = pulled
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  t.ok(pulled < 500, `${pulled} of 500 pieces were pulled`)
  t.ok(pulled - released <= 2, 'what is not taken is at most one piece, and one being made')
  socket.destroy()
})

t.test(
  'the next piece is made while a slow client takes one, where that is allowed, and never more',
  async t => {
    // More than the system takes for a client that does not read.
    const large = Buffer.alloc(16 * 2 ** 20, 'l')
    for (const mayReadAhead of [true, false]) {
      let begun = 0
      const source = async function* () {
        for (; begun < 4; ) {
          begun++
          yield large
        }
      }
      const byteLength = 4 * large.byteLength
      const options = { byteLength, mayReadAhead: () => mayReadAhead }
      const app = await serve(t, () => ({ pieces: source(), options }))
      const socket = connect(portOf(app), '127.0.0.1', () =>
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      )
      await once(socket, 'readable')
      while (begun < (mayReadAhead ? 2 : 1)) await new Promise(resolve => setTimeout(resolve, 5))
      // Time in which one too many would be begun.
      await new Promise(resolve => setTimeout(resolve, 100))
      t.equal(begun, mayReadAhead ? 2 : 1)
      let received = 0
      socket.on('data', part => {
        received += part.byteLength
      })
      while (received < byteLength) await new Promise(resolve => setTimeout(resolve, 5))
      t.equal(begun, 4)
      socket.destroy()
    }
  },
)

t.test('a piece made ahead that fails, or that nobody waits for any more, harms nothing', async t => {
  const large = Buffer.alloc(16 * 2 ** 20, 'l')
  const options = { mayReadAhead: () => true }
  const source = async function* () {
    yield large
    throw failure
  }
  const app = await serve(t, () => ({ pieces: source(), options }))
  t.match(await receive(app), { isWhole: false })
  const leaver = connect(portOf(app), '127.0.0.1', () => leaver.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
  await once(leaver, 'data')
  leaver.destroy()
  t.match(await receive(app), { isWhole: false }, 'the next client is served as the first one was')
})

t.test('when the client leaves, reading stops and the source is told', async t => {
  let aborted: unknown
  let isReturned = false
  const done = new Promise<void>(resolve => {
    void serve(t, signal => {
      signal.addEventListener('abort', () => {
        aborted = signal.reason
      })
      return { pieces: endless(() => resolve()) }
    }).then(app => {
      const socket = connect(portOf(app), '127.0.0.1', () =>
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      )
      socket.once('data', () => socket.destroy())
    })
  })
  async function* endless(onReturn: () => void): AsyncGenerator<Buffer> {
    try {
      for (;;) yield PIECE
    } finally {
      isReturned = true
      onReturn()
    }
  }
  await done
  t.ok(isReturned)
  t.ok(aborted instanceof ZipzarrError)
})

t.test(
  'a body in one buffer is given back when it was taken, and is over for a client that leaves',
  async t => {
    const bytes = Buffer.alloc(8 * 2 ** 20, 'w')
    let released = 0
    let closed = 0
    const app = fastify()
    app.get('/', (_request, reply) => {
      const body = { bytes, release: () => released++, onClose: () => closed++ }
      send(reply, { status: 200, head: [], byteLength: bytes.length, body })
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    t.teardown(() => {
      app.server.closeAllConnections()
      return app.close()
    })
    const { answer, byteLength, isWhole } = await receive(app)
    t.same(
      [byteLength, isWhole, answer?.headers['content-length']],
      [bytes.length, true, String(bytes.length)],
    )
    while (closed < 1) await new Promise(resolve => setTimeout(resolve, 5))
    t.equal(released, 1)
    const leaver = connect(portOf(app), '127.0.0.1', () => leaver.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    await once(leaver, 'data')
    leaver.destroy()
    while (closed < 2) await new Promise(resolve => setTimeout(resolve, 5))
    t.equal(released, 1, 'what may still be in the socket is not reused')
  },
)
