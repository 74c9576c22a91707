// Connections of real clients to the whole service as real processes: an idle worker gets its part of them.
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { knownValues, writeKnownArchive } from '../support/known-archive.js'
import { ServedProcess, waitFor } from '../support/served-process.js'
import { tempDir } from '../support/temp-dir.js'

const CLIENTS = 16
const CHUNKS = 4
/** Costly for a worker, cheap for a client. */
const SLICE = '/v1/stores/a/slice?format=json'
/** Far more than it takes: a bound, not a measure. */
const MAX_ANSWERS = 400

interface Answer {
  readonly worker: string
  readonly status: number | undefined
  readonly body: string
}

/** One connection at a time, kept for as long as the service keeps it. */
class Client {
  readonly #origin: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  worker = ''

  constructor(t: Test, origin: string) {
    this.#origin = origin
    t.teardown(() => this.#agent.destroy())
  }

  async ask(path: string): Promise<Answer> {
    const [response] = (await once(get(this.#origin + path, { agent: this.#agent }), 'response')) as [
      IncomingMessage,
    ]
    const parts: Buffer[] = []
    for await (const part of response) parts.push(part as Buffer)
    // The ids of one process begin alike (src/plugins/request-id.ts).
    this.worker = String(response.headers['x-request-id']).slice(0, 8)
    return { worker: this.worker, status: response.statusCode, body: Buffer.concat(parts).toString('latin1') }
  }
}

interface Service {
  readonly served: ServedProcess
  readonly clients: readonly Client[]
  readonly expected: Answer['body']
}

/** Two workers, of which one holds the connections of all clients and the other none. */
async function serveUneven(t: Test, clientCount: number): Promise<Service> {
  const data = await tempDir(t)
  await writeKnownArchive(join(data, 'a.zarr.zip'), 1, CHUNKS)
  const served = await ServedProcess.start(data, '--cache-dir', await tempDir(t), '--workers', '2')
  t.teardown(async () => {
    served.kill('SIGKILL')
    await served.exited
  })
  const clients = Array.from({ length: clientCount }, () => new Client(t, served.origin))
  const frozen = served.liveWorkerPids[0]!
  process.kill(frozen, 'SIGSTOP')
  // One after the other: this is not to be a load yet.
  for (const client of clients) await client.ask('/zarr/a/0')
  process.kill(frozen, 'SIGCONT')
  t.equal(new Set(clients.map(client => client.worker)).size, 1, 'one worker holds all connections')
  const { body } = await clients[0]!.ask(SLICE)
  const values = Buffer.concat(knownValues('a', 1, CHUNKS).map(({ bytes }) => bytes))
  t.strictSame(JSON.parse(body), [...values])
  return { served, clients, expected: body }
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

t.test(
  'when one worker holds all connections of a load, the idle one gets its part; no answer is lost',
  async t => {
    const { served, clients, expected } = await serveUneven(t, CLIENTS)
    let isEven = false
    let wrong = 0
    const run = async (client: Client): Promise<void> => {
      for (let answers = 0; answers < MAX_ANSWERS && !isEven; answers++) {
        const { status, body } = await client.ask(SLICE)
        if (status !== 200 || body !== expected) wrong++
        isEven ||= fewest(clients) >= CLIENTS / 4
      }
    }
    // A request that fails rejects, and so fails the test.
    await Promise.all(clients.map(run))
    t.ok(isEven, `${fewest(clients)} of ${CLIENTS} connections with the other worker`)
    t.equal(wrong, 0)
    const shed = await waitFor(() => shedTotal(served), 'count of connections shed')
    t.ok(shed >= CLIENTS / 4, `${shed} shed`)
    t.match(await served.stop(), { code: 0 })
  },
)

t.test('a connection that carries the whole load stays where it is', async t => {
  const { served, clients } = await serveUneven(t, 1)
  const client = clients[0]!
  const { worker } = client
  let answers = 0
  while (answers < MAX_ANSWERS && client.worker === worker) {
    await client.ask(SLICE)
    answers++
  }
  t.equal(client.worker, worker, `after ${answers} answers`)
  t.equal(await shedTotal(served), 0)
})
