// The running service as a whole: one big answer, fairness, memory, the event loop, new archives.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runLoad } from './load.js'
import { data, folder, inProcess, type Peer, startZipzarr } from './peers.js'
import { median, type Row } from './table.js'

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

/** Seconds to receive the whole body, and its length. */
function download(url: string): Promise<{ seconds: number; byteLength: number }> {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    get(url, answer => {
      let byteLength = 0
      answer.on('data', (piece: Buffer) => {
        byteLength += piece.length
      })
      answer.on('end', () => resolve({ seconds: (performance.now() - start) / 1000, byteLength }))
      answer.on('error', reject)
    }).on('error', reject)
  })
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
  const peers = inProcess('zarr3', 'slice', 7)
  return withProbed(['--chunk-cache-bytes', '0'], async peer => {
    const times: number[] = []
    for (let i = 0; i < 9; i++) times.push((await download(peer.base + slice('blosc1m'))).seconds)
    const ours = median(times.slice(2))
    const work = '64 MiB slice over HTTP'
    return [
      {
        work,
        against: 'zarr-python 3 in process, time',
        value: ours / peers['zarr-python 3']!,
        target: 0.5,
        sense: 'max',
      },
      {
        work,
        against: 'TensorStore in process, time',
        value: ours / peers.TensorStore!,
        target: 1.5,
        sense: 'max',
      },
    ]
  })
}

/** 4 GiB in one answer: memory stays bounded and the rate does not fall. */
export function hugeRows(): Promise<Row[]> {
  return withProbed(['--max-response-bytes', '8GiB'], async (peer, place) => {
    await delay(1500)
    const base = Math.max(...readProbes(place).map(({ rssMiB }) => rssMiB))
    const rates: number[] = []
    for (let i = 0; i < 5; i++) {
      const { seconds, byteLength } = await download(peer.base + slice('blosc1m'))
      rates.push(byteLength / seconds)
    }
    const peaks: number[] = []
    const timer = setInterval(() => peaks.push(...readProbes(place).map(({ rssMiB }) => rssMiB)), 500)
    const huge = await download(peer.base + slice('huge')).finally(() => clearInterval(timer))
    if (huge.byteLength !== 4 * 2 ** 30) throw new Error(`4 GiB slice had ${huge.byteLength} bytes`)
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
        value: huge.byteLength / huge.seconds / median(rates),
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
    const large = { base: peer.base, paths: [slice('blosc1m')], connections: 2, isDrained: true }
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
