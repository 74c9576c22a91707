// The running service as a whole: one big answer, fairness, memory, the event loop, new archives.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runLoad } from './load.js'
import {
  data,
  folder,
  inProcess,
  type Peer,
  plainFile,
  startNginx,
  startZipzarr,
  withPeers,
} from './peers.js'
import { median, type Row, show } from './table.js'

const probe = fileURLToPath(new URL('./loop-probe.js', import.meta.url))
const MIB = 2 ** 20

interface Probe {
  readonly role: string
  readonly p99Ms: number
  readonly maxMs: number
  readonly rssMiB: number
}

const readProbes = (place: string): Probe[] =>
  readdirSync(place)
    .map(name => JSON.parse(readFileSync(join(place, name), 'utf8')) as Probe)
    .filter(({ role }) => role === 'worker')

/** Seconds it takes one client to receive the body, once the server knows its work. */
async function secondsToReceive(base: string, path: string, seconds = 4): Promise<number> {
  const load = { base, paths: [path], connections: 1, bodies: 'received' } as const
  await runLoad({ ...load, seconds }, folder)
  return (await runLoad({ ...load, seconds }, folder)).p50Ms / 1000
}

async function withProbed<T>(
  flags: readonly string[],
  work: (peer: Peer, place: string) => Promise<T>,
): Promise<T> {
  mkdirSync(folder, { recursive: true })
  const place = mkdtempSync(join(folder, 'probe-'))
  process.env.NODE_OPTIONS = `--import ${probe}`
  process.env.BENCH_PROBE_DIR = place
  const peer = await startZipzarr({ flags }).finally(() => {
    delete process.env.NODE_OPTIONS
    delete process.env.BENCH_PROBE_DIR
  })
  try {
    return await work(peer, place)
  } finally {
    await peer.stop()
    rmSync(place, { recursive: true })
  }
}

const slice = (store: string, selection = ''): string =>
  `/v1/stores/${store}/slice?path=field&slice=${selection}`

/** 64 MiB over HTTP against the same read in process by zarr-python 3 and TensorStore. */
export async function inProcessRows(): Promise<Row[]> {
  return withPeers(
    [startNginx, () => startZipzarr({ flags: ['--chunk-cache-bytes', '0'] })],
    async servers => {
      const [nginx, ours] = servers as [Peer, Peer]
      const seconds: Record<'ours' | 'nginx' | 'zarr-python 3' | 'TensorStore', number[]> = {
        ours: [],
        nginx: [],
        'zarr-python 3': [],
        TensorStore: [],
      }
      for (let round = 0; round < 3; round++) {
        const inside = inProcess('zarr3', 'slice', 7)
        seconds['zarr-python 3'].push(inside['zarr-python 3'] as number)
        seconds.TensorStore.push(inside.TensorStore as number)
        seconds.ours.push(await secondsToReceive(ours.base, slice('blosc1m')))
        seconds.nginx.push(await secondsToReceive(nginx.base, plainFile(), 1))
      }
      const row = (peer: 'zarr-python 3' | 'TensorStore', target: number): Row => ({
        work: '64 MiB slice over HTTP',
        against: `${peer} in process, time`,
        value: median(seconds.ours) / median(seconds[peer]),
        target,
        sense: 'max',
        beside: `nginx sending 64 MiB as they are ${show(median(seconds.nginx) / median(seconds[peer]))} ×`,
      })
      return [row('zarr-python 3', 0.5), row('TensorStore', 1.5)]
    },
  )
}

/** 4 GiB in one answer: memory stays bounded and the rate does not fall. */
export function hugeRows(): Promise<Row[]> {
  return withProbed(['--max-response-bytes', '8GiB'], async (peer, place) => {
    await delay(1500)
    const base = Math.max(...readProbes(place).map(({ rssMiB }) => rssMiB))
    const small = await secondsToReceive(peer.base, slice('blosc1m'))
    const peaks: number[] = []
    const timer = setInterval(() => peaks.push(...readProbes(place).map(({ rssMiB }) => rssMiB)), 500)
    const huge = await secondsToReceive(peer.base, slice('huge'), 8).finally(() => clearInterval(timer))
    return [
      {
        work: '4 GiB slice',
        against: 'memory at rest, more',
        value: Math.max(...peaks) - base,
        unit: 'MiB',
        target: 128,
        sense: 'max',
      },
      {
        work: '4 GiB slice',
        against: 'rate of the 64 MiB slice',
        value: (64 * small) / huge,
        target: 0.8,
        sense: 'min',
      },
    ]
  })
}

/** Small raw reads alone, and while others pull 64 MiB slices without end. */
export function fairnessRows(): Promise<Row[]> {
  return withProbed([], async (peer, place) => {
    const paths = Array.from({ length: 512 }, (_, i) => `/zarr/raw/64k/${i}.0`)
    const small = { base: peer.base, paths, seconds: 4, connections: 8 }
    const large = { base: peer.base, paths: [slice('blosc1m')], connections: 2, bodies: 'dropped' } as const
    const alone: number[] = []
    const beside: number[] = []
    for (let round = 0; round < 3; round++) {
      alone.push((await runLoad(small, folder)).p99Ms)
      // Its own share of the two cores is small (drain.py): what is measured is the service.
      const pulling = runLoad({ ...large, seconds: small.seconds + 1 }, folder)
      beside.push((await runLoad(small, folder)).p99Ms)
      await pulling
    }
    await delay(1200)
    const loop = Math.max(...readProbes(place).map(({ p99Ms }) => p99Ms))
    return [
      {
        work: 'small reads beside 64 MiB slices, p99',
        against: 'alone',
        value: median(beside) / median(alone),
        target: 3,
        sense: 'max',
      },
      {
        work: 'event-loop delay p99 under that load',
        against: 'time',
        value: loop,
        unit: 'ms',
        target: 50,
        sense: 'max',
      },
    ]
  })
}

/** Memory of a worker at rest, and of each open small store. */
export async function memoryRows(): Promise<Row[]> {
  const { writeManyEntries } = await import('./million.js')
  const many = join(data, 'many')
  for (let i = 0; i < 200; i++) writeManyEntries(join(many, `s${i}.zarr.zip`), 3)
  mkdirSync(folder, { recursive: true })
  const place = mkdtempSync(join(folder, 'probe-'))
  process.env.NODE_OPTIONS = `--import ${probe}`
  process.env.BENCH_PROBE_DIR = place
  const peer = await startZipzarr({ paths: [many] }).finally(() => {
    delete process.env.NODE_OPTIONS
    delete process.env.BENCH_PROBE_DIR
  })
  try {
    await delay(3500)
    const atRest = Math.max(...readProbes(place).map(({ rssMiB }) => rssMiB))
    // One request a connection reaches every worker, whichever accepts it.
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 200; i++) {
        const answer = await fetch(`${peer.base}/zarr/s${i}/zarr.json`, {
          headers: { connection: 'close' },
        })
        await answer.arrayBuffer()
      }
    }
    await delay(2500)
    const open = Math.max(...readProbes(place).map(({ rssMiB }) => rssMiB))
    return [
      { work: 'worker at rest', against: 'memory', value: atRest, unit: 'MiB', target: 90, sense: 'max' },
      {
        work: 'an open small store',
        against: 'memory',
        value: ((open - atRest) * MIB) / 1024 / 200,
        unit: 'KiB',
        target: 64,
        sense: 'max',
      },
    ]
  } finally {
    await peer.stop()
    rmSync(place, { recursive: true })
  }
}
