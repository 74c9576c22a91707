// Connections of real clients to the whole service: when one of two workers holds all connections of a load, the
// idle one gets a part of them and no answer is lost; one connection that is the whole load stays where it is.
// What evens them out is chance (the system gives a connection to whoever accepts first), so the bounds leave it
// time and room: what the policy decides is tested exactly in test/cluster/balancing/shed-policy.test.ts.
// Run: node build/test/interop/connection-balance.js; the exit code is 0 only when every demand is met.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { knownValues, writeKnownArchive } from '../support/known-archive.js'
import { ServedProcess } from '../support/served-process.js'

const CLIENTS = 16
const CHUNKS = 4
/** Costly for a worker, cheap for a client. */
const SLICE = '/v1/stores/a/slice?format=json'
/** Half of them is even; a connection in eight is more than none ever got without shedding. */
const MIN_MOVED = CLIENTS / 8
const MAX_SECONDS = 120
const SINGLE_ANSWERS = 200

interface Answer {
  readonly status: number | undefined
  readonly body: string
}

/** One connection at a time, kept for as long as the service keeps it. */
class Client {
  readonly #origin: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  worker = ''

  constructor(origin: string) {
    this.#origin = origin
  }

  async ask(path: string): Promise<Answer> {
    const [response] = (await once(get(this.#origin + path, { agent: this.#agent }), 'response')) as [
      IncomingMessage,
    ]
    const parts: Buffer[] = []
    for await (const part of response) parts.push(part as Buffer)
    // The ids of one process begin alike (src/plugins/request-id.ts).
    this.worker = String(response.headers['x-request-id']).slice(0, 8)
    return { status: response.statusCode, body: Buffer.concat(parts).toString('latin1') }
  }

  end(): void {
    this.#agent.destroy()
  }
}

/** Clients that all have their connection with one worker: the other one is stopped while they connect. */
async function connectUnevenly(served: ServedProcess, count: number): Promise<Client[]> {
  const clients = Array.from({ length: count }, () => new Client(served.origin))
  const frozen = served.liveWorkerPids[0]!
  process.kill(frozen, 'SIGSTOP')
  // One after the other: this is not to be a load yet.
  for (const client of clients) await client.ask('/zarr/a/0')
  process.kill(frozen, 'SIGCONT')
  return clients
}

async function shedTotal(served: ServedProcess): Promise<number> {
  const text = await (await fetch(`${served.adminOrigin}/metrics`)).text()
  return Number(/zipzarr_connections_shed_total (\d+)\n/.exec(text)![1])
}

/** Connections of the worker that has fewer. */
function fewest(clients: readonly Client[]): number {
  const first = clients.filter(client => client.worker === clients[0]!.worker).length
  return Math.min(first, clients.length - first)
}

async function checkMany(served: ServedProcess, expected: string): Promise<boolean> {
  const clients = await connectUnevenly(served, CLIENTS)
  const before = fewest(clients)
  const endAt = performance.now() + MAX_SECONDS * 1000
  let most = before
  let answers = 0
  let wrong = 0
  const run = async (client: Client): Promise<void> => {
    while (most < MIN_MOVED && performance.now() < endAt) {
      const { status, body } = await client.ask(SLICE)
      answers++
      if (status !== 200 || body !== expected) wrong++
      most = Math.max(most, fewest(clients))
    }
  }
  // A request that fails rejects, and so fails the check.
  await Promise.all(clients.map(run))
  for (const client of clients) client.end()
  console.log(`${CLIENTS} connections with one worker: ${before} with the other at first, then ${most}`)
  console.log(`${answers} answers, ${wrong} wrong; shed: ${await shedTotal(served)}`)
  return before === 0 && most >= MIN_MOVED && wrong === 0
}

async function checkSingle(served: ServedProcess): Promise<boolean> {
  const shedBefore = await shedTotal(served)
  const [client] = await connectUnevenly(served, 1)
  const { worker } = client!
  for (let answers = 0; answers < SINGLE_ANSWERS; answers++) await client!.ask(SLICE)
  const isSame = client!.worker === worker
  client!.end()
  console.log(`one connection as the whole load: ${isSame ? 'stayed' : 'moved'}`)
  return isSame && (await shedTotal(served)) === shedBefore
}

type Check = (served: ServedProcess, expected: string) => Promise<boolean>

/** A service of its own for each check: connections that have just ended still count as load for a moment. */
async function onService(folder: string, check: Check): Promise<boolean> {
  const served = await ServedProcess.start(folder, '--cache-dir', join(folder, 'cache'), '--workers', '2')
  const values = Buffer.concat(knownValues('a', 1, CHUNKS).map(({ bytes }) => bytes))
  const isGood = await check(served, JSON.stringify([...values]))
  const { code } = await served.stop()
  if (code !== 0) console.log(`exit code after SIGTERM: ${code}`)
  return isGood && code === 0
}

const folder = await mkdtemp(join(tmpdir(), 'zipzarr-balance-'))
try {
  await writeKnownArchive(join(folder, 'a.zarr.zip'), 1, CHUNKS)
  const results = [await onService(folder, checkMany), await onService(folder, checkSingle)]
  process.exitCode = results.every(Boolean) ? 0 : 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
