// Requests that come before the answers to earlier ones on their connection are finished (RFC 9112 §9.3.2). Each is
// begun when its turn comes, so that a connection never has more than one answer in memory, whatever it sends.
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

/** With this many waiting requests a connection is not read any further. */
const MAX_WAITING = 32

export const pipeliningPlugin = fastifyPlugin(
  async (app: FastifyInstance) => {
    // A client that has sent all its requests may close its side and still wait for the answers (`nc -N`, HTTP/1.0).
    // One that has left altogether is noticed when it is written to: the system answers with a reset.
    Object.assign(app.server, { httpAllowHalfOpen: true })
    const waiting = new WeakMap<Socket, number>()
    app.addHook('onRequest', (request, reply, done) => {
      const { raw } = reply
      // Node gives a response its socket when those before it are finished.
      if (raw.socket !== null) return done()
      const { socket } = request.raw
      const count = (waiting.get(socket) ?? 0) + 1
      waiting.set(socket, count)
      if (count >= MAX_WAITING) socket.pause()
      // Never, when the connection closes before: then nothing was begun, and nothing is to be undone.
      raw.once('socket', () => {
        const left = (waiting.get(socket) ?? 1) - 1
        waiting.set(socket, left)
        if (left < MAX_WAITING && socket.isPaused()) socket.resume()
        // Answered already: its body could not be read (client-errors.ts).
        if (!raw.headersSent) done()
      })
    })
  },
  { name: 'pipelining' },
)
