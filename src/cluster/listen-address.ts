// The address all workers share. Bound once by the primary before it forks anyone, so that a port in use is
// one clear line instead of a failing worker, and port 0 becomes one real port for all.
import { randomInt } from 'node:crypto'
import { type AddressInfo, createServer } from 'node:net'
import { StartupError } from './startup-error.js'

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/**
 * Where a free port is looked for: below the range that systems take the ports of outgoing connections from.
 * One of those could be gone again before the first worker listens, or while none does.
 */
const FREE_PORTS = { from: 20_000, to: 32_000 } as const
const MAX_TRIES = 20

/**
 * Binds host and port, lets go again and answers what was bound: host name resolved, port 0 chosen.
 * @throws StartupError saying why it cannot be bound
 */
export async function resolveListenAddress({ host, port }: ListenAddress): Promise<ListenAddress> {
  const tries = port === 0 ? Array.from({ length: MAX_TRIES }, randomPort) : []
  for (const free of tries) {
    const bound = await bindOnce({ host, port: free }).catch(() => undefined)
    if (bound !== undefined) return bound
  }
  try {
    return await bindOnce({ host, port })
  } catch (error) {
    throw new StartupError(bindProblem(error, { host, port }), { cause: error })
  }
}

function randomPort(): number {
  return randomInt(FREE_PORTS.from, FREE_PORTS.to)
}

async function bindOnce({ host, port }: ListenAddress): Promise<ListenAddress> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, resolve)
  })
  const bound = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return { host: bound.address, port: bound.port }
}

/** Why an address could not be bound, in words for an operator. */
export function bindProblem(error: unknown, { host, port }: ListenAddress): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is in use by another program; choose another one`
    case 'EACCES':
      return `port ${port} on ${host} may not be opened by this user; choose one above 1023`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return `"${host}" is not an address of this machine (${code})`
    default:
      return `cannot listen on ${host} port ${port} (${code})`
  }
}

/** Addresses that stand for all of this machine's, by one that a client here can ask. */
const REACHABLE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }

/** The address as the origin of a URL that can be opened on this machine; IPv6 in brackets. */
export function formatOrigin({ host, port }: ListenAddress): string {
  const shown = REACHABLE[host] ?? (host.includes(':') ? `[${host}]` : host)
  return `http://${shown}:${port}`
}
