// What a request costs the server: each one on a core of its own with one worker, the load on another core, and the
// processor time of the server's whole process tree per request. Every row is a ratio within the same rounds.
import { keys, SELECTIONS, slicePaths } from './http-rows.js'
import { type Load, ROUNDS, runLoad, SECONDS } from './load.js'
import {
  folder,
  type Peer,
  plainFile,
  startFastApi,
  startNginx,
  startZarrHttp,
  startZipzarr,
  withPeers,
} from './peers.js'
import { processorSeconds } from './process.js'
import { median, type Row } from './table.js'

const CONNECTIONS = 8
const SERVER_CORE = 0
const LOAD_CORE = 1

type Work = Pick<Load, 'paths' | 'headers' | 'bodies'>

interface Target extends Work {
  readonly peer: Peer
}

/** Microseconds of processor time per request of each target, medians of interleaved rounds. */
async function costs<Name extends string>(targets: Record<Name, Target>): Promise<Record<Name, number>> {
  const names = Object.keys(targets) as Name[]
  const measured = new Map<Name, number[]>(names.map(name => [name, []]))
  for (let round = -1; round < ROUNDS; round++) {
    for (const name of names) {
      const { peer, ...work }: Target = targets[name]
      const load = { ...work, base: peer.base, seconds: SECONDS, connections: CONNECTIONS, core: LOAD_CORE }
      const before = processorSeconds(peer.pid)
      const { requests } = await runLoad(load, folder)
      // The first round is the warm-up.
      if (round >= 0) measured.get(name)?.push(((processorSeconds(peer.pid) - before) / requests) * 1e6)
    }
  }
  return Object.fromEntries(names.map(name => [name, median(measured.get(name) ?? [])])) as Record<
    Name,
    number
  >
}

/** A ratio of two costs, with both in the last column. */
function ratio(row: Pick<Row, 'work' | 'against' | 'target' | 'sense'>, above: number, below: number): Row {
  return { ...row, value: above / below, beside: `${above.toFixed(1)} and ${below.toFixed(1)} µs` }
}

const RAW = [
  { size: '8 KiB', array: '8k', count: 2000, ofNginx: 1.45, ofZarrHttp: 4 },
  { size: '64 KiB', array: '64k', count: 512, ofNginx: 1.15, ofZarrHttp: 3.5 },
  { size: '1 MiB', array: '1m', count: 64, ofNginx: 0.6, ofZarrHttp: 6 },
] as const

/** With `oldBuild`, a folder with another built checkout, every work is done by that too, as one more row. */
export async function pinnedRows(oldBuild: string | undefined): Promise<Row[]> {
  const core = SERVER_CORE
  const old = oldBuild === undefined ? [] : [oldBuild]
  const withOld = (flags: readonly string[] = []) => [
    () => startZipzarr({ core, flags }),
    ...old.map(build => () => startZipzarr({ core, flags, build })),
  ]
  return [
    ...(await withPeers(
      [() => startNginx({ core }), () => startZarrHttp({ core }), ...withOld()],
      valueRows,
    )),
    ...(await withPeers([() => startFastApi({ core }), ...withOld(['--chunk-cache-bytes', '0'])], peers =>
      sliceRows('without a cache of chunks', peers),
    )),
    ...(await withPeers([() => startFastApi({ core }), ...withOld()], peers => sliceRows('cached', peers))),
    ...(await withPeers([() => startNginx({ core }), ...withOld()], regionRows)),
  ]
}

/** Where an old build runs too: ours beside it. */
async function besideOld(work: string, ours: Target, old: Peer | undefined, limit = 1.05): Promise<Row[]> {
  if (old === undefined) return []
  const cost = await costs({ ours, old: { ...ours, peer: old } })
  return [ratio({ work, against: 'the old build', target: limit, sense: 'max' }, cost.ours, cost.old)]
}

async function valueRows([nginx, zarrHttp, ours, old]: Peer[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const { size, array, count, ofNginx, ofZarrHttp } of RAW) {
    const work = `raw value, ${size}`
    const own = { peer: ours!, paths: keys(array, count, '/zarr/raw') }
    const cost = await costs({
      nginx: { peer: nginx!, paths: keys(array, count, '') },
      zarrHttp: { peer: zarrHttp!, paths: keys(array, count, '') },
      ours: own,
    })
    rows.push(ratio({ work, against: 'nginx', target: ofNginx, sense: 'max' }, cost.ours, cost.nginx))
    const row = {
      work: `zarr-http-server, ${size}`,
      against: 'ours',
      target: ofZarrHttp,
      sense: 'min',
    } as const
    rows.push(ratio(row, cost.zarrHttp, cost.ours), ...(await besideOld(work, own, old)))
  }
  const tag = (await fetch(`${ours!.base}/zarr/raw/64k/0.0`)).headers.get('etag') ?? ''
  const forms = {
    whole: { peer: ours!, paths: keys('64k', 512, '/zarr/raw') },
    range: { peer: ours!, paths: keys('1m', 64, '/zarr/raw'), headers: { Range: 'bytes=65536-131071' } },
    gzip: { peer: ours!, paths: keys('64k', 512, '/zarr/deflated'), headers: { 'Accept-Encoding': 'gzip' } },
    unmodified: { peer: ours!, paths: keys('64k', 1, '/zarr/raw'), headers: { 'If-None-Match': tag } },
  }
  const cost = await costs(forms)
  const against = 'a whole value of 64 KiB'
  const limits = { range: 1.25, gzip: 2, unmodified: 1 } as const
  for (const form of ['range', 'gzip', 'unmodified'] as const) {
    const work = { range: '64 KiB of 1 MiB', gzip: '64 KiB deflated, as gzip', unmodified: '304' }[form]
    rows.push(ratio({ work, against, target: limits[form], sense: 'max' }, cost[form], cost.whole))
    const isFaster = form !== 'unmodified'
    rows.push(...(await besideOld(work, forms[form], old, isFaster ? 1 / 1.4 : 1.05)))
  }
  return rows
}

/** Of 16 × 16 items. */
const small = (chunk: number, i: number, j: number): string =>
  `${i * chunk + 8}:${i * chunk + 24},${j * chunk + 8}:${j * chunk + 24}`

async function sliceRows(title: string, [fastApi, ours, old]: Peer[]): Promise<Row[]> {
  const isCached = title === 'cached'
  const rows: Row[] = []
  for (const [name, chunk, size, target] of [
    ['blosc256k', 256, '256 KiB', 1.9],
    ['blosc1m', 512, '1 MiB', 3.2],
  ] as const) {
    for (const [what, spell] of [...Object.entries(SELECTIONS), ['16 × 16 items', small] as const]) {
      const work = `${what}, ${size} chunks, ${title}`
      const bodies = 'dropped'
      const own = {
        peer: ours!,
        paths: slicePaths(chunk, `/v1/stores/${name}/slice?`, spell),
        bodies,
      } as const
      if (!isCached) {
        const paths = slicePaths(chunk, `/sync/slice/${name}?`, spell)
        const cost = await costs({ fastApi: { peer: fastApi!, paths, bodies }, ours: own })
        rows.push(
          ratio(
            { work: `FastAPI + zarr 2: ${work}`, against: 'ours', target, sense: 'min' },
            cost.fastApi,
            cost.ours,
          ),
        )
      }
      rows.push(...(await besideOld(work, own, old, isCached ? 1.05 : 1.12)))
    }
  }
  return rows
}

/** Time that one client needs for a region of 64 MiB, beside as many bytes from nginx. */
async function regionRows([nginx, ours, old]: Peer[]): Promise<Row[]> {
  const path = '/v1/stores/blosc1m/slice?path=field'
  const peers = { nginx: nginx!, ours: ours!, ...(old && { old }) }
  const seconds = new Map<string, number[]>(Object.keys(peers).map(name => [name, []]))
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, { base }] of Object.entries(peers)) {
      const paths = [name === 'nginx' ? plainFile() : path]
      const load = {
        base,
        paths,
        seconds: SECONDS,
        connections: 1,
        bodies: 'received',
        core: LOAD_CORE,
      } as const
      const { p50Ms } = await runLoad(load, folder)
      if (round >= 0) seconds.get(name)?.push(p50Ms)
    }
  }
  const time = (name: string): number => median(seconds.get(name) ?? [])
  const work = '64 MiB region, one client, time'
  const row = { work, sense: 'max' } as const
  const inMs = (peer: string): string => `${time('ours').toFixed(0)} and ${time(peer).toFixed(0)} ms`
  return [
    { ...row, against: 'nginx', target: 1.25, value: time('ours') / time('nginx'), beside: inMs('nginx') },
    ...(old === undefined
      ? []
      : [
          {
            ...row,
            against: 'the old build',
            target: 1.05,
            value: time('ours') / time('old'),
            beside: inMs('old'),
          },
        ]),
  ]
}
