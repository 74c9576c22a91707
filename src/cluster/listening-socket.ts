// The listening socket that all workers share: bound by the primary, which never accepts from it, and inherited
// by every worker it forks. It outlives them all, so connections made while no worker lives wait in the kernel's
// queue instead of being refused. Only for scheduling by the system: with round-robin Node keeps its own socket.
import net, { isIPv6, Socket } from 'node:net'
import { getSystemErrorName } from 'node:util'
import { bindProblem, type ListenAddress } from './listen-address.js'
import { StartupError } from './startup-error.js'

/** Its file descriptor in a worker: behind standard input, output, error and the channel. */
export const INHERITED_FD = 4

/** A TCP handle of Node, as far as it is used here. */
interface TcpHandle {
  readonly fd: number
  getsockname(into: object): number
  close(): void
}

/**
 * What node:cluster itself binds sockets with: the one way to bind without accepting. Exported by node:net though
 * not documented; answers an error number when it fails.
 */
const { _createServerHandle: createServerHandle } = net as unknown as {
  _createServerHandle(address: string, port: number, family: 4 | 6): TcpHandle | number
}

export class ListeningSocket {
  readonly #handle: TcpHandle
  #isClosed = false

  private constructor(handle: TcpHandle) {
    this.#handle = handle
  }

  /**
   * @param address with an IP address for a host, and a real port
   * @throws StartupError saying why it cannot be bound
   */
  static bind(address: ListenAddress): ListeningSocket {
    const { host, port } = address
    const handle = createServerHandle(host, port, isIPv6(host) ? 6 : 4)
    // A port in use is told by the first call after the one that binds.
    const errno = typeof handle === 'number' ? handle : handle.getsockname({})
    if (typeof handle !== 'number' && errno === 0) return new ListeningSocket(handle)
    const cause = Object.assign(new Error('bind failed'), { code: getSystemErrorName(errno) })
    throw new StartupError(bindProblem(cause, address), { cause })
  }

  /** What a forked process is to inherit as `INHERITED_FD`. */
  get fd(): number {
    return this.#handle.fd
  }

  /** The socket is then gone with the last worker that listens. */
  close(): void {
    if (!this.#isClosed) this.#handle.close()
    this.#isClosed = true
  }
}

/** In a worker: what makes `server.listen` listen on the inherited socket, without asking the primary. */
export function inheritedSocket(fd: number): object {
  // `listen` takes "anything with an underlying _handle member".
  const { _handle } = new Socket({ fd, readable: false, writable: false }) as unknown as {
    _handle: TcpHandle
  }
  return { _handle }
}
