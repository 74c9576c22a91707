// Rows over HTTP: the raw path against nginx and the Python servers, slices against the same.

import { type Load, type LoadResult, ROUNDS, runLoad, runSingle, SECONDS } from './load.js'
import {
  folder,
  type Peer,
  startBareNode,
  startFastApi,
  startNginx,
  startTiled,
  startZarrHttp,
  startZipzarr,
  withPeers,
} from './peers.js'
import { median, type Row, show } from './table.js'

const CONNECTIONS = 16
const WARM_SECONDS = 6

type Target = { readonly name: string; readonly load: Pick<Load, 'base' | 'paths'> & Partial<Load> }

/** Runs every target in turn, ROUNDS times over, and answers each one's medians: noise hits all alike. */
async function interleave(targets: readonly Target[]): Promise<Map<string, LoadResult>> {
  const results = new Map<string, LoadResult[]>(targets.map(({ name }) => [name, []]))
  // Every server first gets to know its work: compiled code, open files, warm pages. Beside the load the
  // compiler gets little of two cores, so that takes seconds.
  for (const { load } of targets) {
    await runLoad({ connections: CONNECTIONS, ...load, seconds: WARM_SECONDS }, folder)
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, load } of targets) {
      results.get(name)?.push(await runLoad({ seconds: SECONDS, connections: CONNECTIONS, ...load }, folder))
    }
  }
  const pick = (list: LoadResult[], key: keyof LoadResult): number => median(list.map(result => result[key]))
  return new Map(
    [...results].map(([name, list]) => [
      name,
      {
        requests: pick(list, 'requests'),
        requestsPerSecond: pick(list, 'requestsPerSecond'),
        p50Ms: pick(list, 'p50Ms'),
        p99Ms: pick(list, 'p99Ms'),
        megabytesPerSecond: pick(list, 'megabytesPerSecond'),
      },
    ]),
  )
}

const rate = (results: Map<string, LoadResult>, name: string): number =>
  results.get(name)?.requestsPerSecond ?? Number.NaN
const p99 = (results: Map<string, LoadResult>, name: string): number => results.get(name)?.p99Ms ?? Number.NaN
const best = (results: Map<string, LoadResult>, names: readonly string[]): string =>
  names.reduce((a, b) => (rate(results, b) > rate(results, a) ? b : a))

/** What another server made of the same load, as the same ratio. */
const beside = (name: string, ratio: number): string => `${name} ${show(ratio)} ×`

const RAW = [
  { size: '8 KiB', array: '8k', count: 2000, target: 0.48 },
  { size: '64 KiB', array: '64k', count: 512, target: 0.62 },
  { size: '1 MiB', array: '1m', count: 64, target: 0.95 },
] as const

export const keys = (array: string, count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}/${array}/${i}.0`)

/** Raw keys from a warm archive against nginx on the unpacked files. */
export function rawRows(): Promise<Row[]> {
  return withPeers([startNginx, startZipzarr, startBareNode], async ([nginx, ours, bare]) => {
    const rows: Row[] = []
    for (const { size, array, count, target } of RAW) {
      const results = await interleave([
        { name: 'nginx', load: { base: nginx!.base, paths: keys(array, count, '') } },
        { name: 'ours', load: { base: ours!.base, paths: keys(array, count, '/zarr/raw') } },
        { name: 'bare', load: { base: bare!.base, paths: keys(array, count, '') } },
      ])
      const work = `raw key, ${size}`
      rows.push(
        {
          work,
          against: 'nginx, requests/s',
          value: rate(results, 'ours') / rate(results, 'nginx'),
          target,
          sense: 'min',
          beside: beside('bare node:http from memory', rate(results, 'bare') / rate(results, 'nginx')),
        },
        {
          work,
          against: 'nginx, p99',
          value: p99(results, 'ours') / p99(results, 'nginx'),
          target: 2.5,
          sense: 'max',
          beside: beside('bare node:http from memory', p99(results, 'bare') / p99(results, 'nginx')),
        },
      )
    }
    return [
      ...rows,
      ...(await conditionalRows(ours!)),
      await freshRow({ nginx: nginx!, ours: ours!, bare: bare! }),
    ]
  })
}

async function conditionalRows(ours: Peer): Promise<Row[]> {
  const paths = keys('8k', 1, '/zarr/raw')
  const tag = (await fetch(ours.base + paths[0])).headers.get('etag') ?? ''
  const results = await interleave([
    { name: '200', load: { base: ours.base, paths } },
    { name: '304', load: { base: ours.base, paths, headers: { 'If-None-Match': tag } } },
  ])
  const url = ours.base + paths[0]
  const rates: Record<'GET' | 'HEAD', number[]> = { GET: [], HEAD: [] }
  for (let round = 0; round < ROUNDS; round++) {
    rates.GET.push(await runSingle({ url, seconds: SECONDS }))
    rates.HEAD.push(await runSingle({ url, seconds: SECONDS, isHead: true }))
  }
  const against = 'our own 200 of 8 KiB'
  return [
    { work: '304', against, value: rate(results, '304') / rate(results, '200'), target: 1, sense: 'min' },
    { work: 'HEAD', against, value: median(rates.HEAD) / median(rates.GET), target: 1, sense: 'min' },
  ]
}

async function freshRow({ nginx, ours, bare }: Record<'nginx' | 'ours' | 'bare', Peer>): Promise<Row> {
  const isFresh = true
  const results = await interleave([
    { name: 'nginx', load: { base: nginx.base, paths: keys('8k', 100, ''), isFresh } },
    { name: 'ours', load: { base: ours.base, paths: keys('8k', 100, '/zarr/raw'), isFresh } },
    { name: 'bare', load: { base: bare.base, paths: keys('8k', 100, ''), isFresh } },
  ])
  return {
    work: 'new connection a request, 8 KiB',
    against: 'nginx, requests/s',
    value: rate(results, 'ours') / rate(results, 'nginx'),
    target: 0.5,
    sense: 'min',
    beside: beside('bare node:http from memory', rate(results, 'bare') / rate(results, 'nginx')),
  }
}

/** Raw chunks against the Python servers. */
export function peerRows(): Promise<Row[]> {
  return withPeers(
    [startFastApi, startZarrHttp, startTiled, startZipzarr, startNginx],
    async ([fastApi, zarrHttp, tiled, ours, nginx]) => {
      const results = await interleave([
        { name: 'async', load: { base: fastApi!.base, paths: keys('64k', 512, '/async/key/raw') } },
        { name: 'sync', load: { base: fastApi!.base, paths: keys('64k', 512, '/sync/key/raw') } },
        { name: 'zarr-http-server', load: { base: zarrHttp!.base, paths: keys('64k', 512, '') } },
        { name: 'tiled', load: { base: tiled!.base, paths: keys('raw64k', 512, '/zarr/v2') } },
        { name: 'ours', load: { base: ours!.base, paths: keys('64k', 512, '/zarr/raw') } },
        { name: 'nginx', load: { base: nginx!.base, paths: keys('64k', 512, '') } },
      ])
      const ofNginx = (peer: string) =>
        beside('nginx on the unpacked files', rate(results, 'nginx') / rate(results, peer))
      const work = 'raw chunk, 64 KiB'
      const fast = best(results, ['async', 'sync'])
      return [
        {
          work,
          against: `FastAPI + zarr 2 (${fast})`,
          value: rate(results, 'ours') / rate(results, fast),
          target: 2.5,
          sense: 'min',
          beside: ofNginx(fast),
        },
        {
          work: 'raw chunk',
          against: "Tiled's Zarr face",
          value: rate(results, 'ours') / rate(results, 'tiled'),
          target: 10,
          sense: 'min',
        },
        {
          work,
          against: 'zarr-http-server',
          value: rate(results, 'ours') / rate(results, 'zarr-http-server'),
          target: 5,
          sense: 'min',
          beside: ofNginx('zarr-http-server'),
        },
      ]
    },
  )
}

/** Those of slices are large: see load.ts. */
const bodies = 'dropped'

export const SELECTIONS = {
  'one decoded chunk': (chunk: number, i: number, j: number) =>
    `${i * chunk}:${(i + 1) * chunk},${j * chunk}:${(j + 1) * chunk}`,
  'slice crossing 4 chunks': (chunk: number, i: number, j: number) =>
    `${i * chunk + chunk / 2}:${(i + 1) * chunk + chunk / 2},${j * chunk + chunk / 2}:${(j + 1) * chunk + chunk / 2}`,
  'strided slice': (chunk: number, i: number, j: number) =>
    `${i * chunk}:${(i + 2) * chunk}:2,${j * chunk}:${(j + 2) * chunk}:2`,
}

export function slicePaths(
  chunk: number,
  prefix: string,
  spell: (chunk: number, i: number, j: number) => string,
): string[] {
  const last = 4096 / chunk - 1
  const places = Array.from({ length: 64 }, (_, n) => [n % last, Math.floor(n / last) % last] as const)
  return places.map(([i, j]) => `${prefix}path=field&slice=${spell(chunk, i, j)}`)
}

/** Decoded chunks and slices against FastAPI + zarr 2, without and with our cache of decoded chunks. */
export function sliceRows(): Promise<Row[]> {
  const bare = (): Promise<Peer> => startZipzarr({ flags: ['--chunk-cache-bytes', '0'] })
  return withPeers([startFastApi, bare, startZipzarr], async ([fastApi, ours, cached]) => {
    const rows: Row[] = []
    for (const [name, chunk, size, target] of [
      ['blosc256k', 256, '256 KiB', 2.5],
      ['blosc1m', 512, '1 MiB', 1.6],
    ] as const) {
      for (const [work, spell] of Object.entries(SELECTIONS)) {
        const results = await interleave([
          {
            name: 'async',
            load: {
              base: fastApi!.base,
              paths: slicePaths(chunk, `/async/slice/${name}?`, spell),
              bodies,
            },
          },
          {
            name: 'sync',
            load: { base: fastApi!.base, paths: slicePaths(chunk, `/sync/slice/${name}?`, spell), bodies },
          },
          {
            name: 'ours',
            load: {
              base: ours!.base,
              paths: slicePaths(chunk, `/v1/stores/${name}/slice?`, spell),
              bodies,
            },
          },
          {
            name: 'cached',
            load: {
              base: cached!.base,
              paths: slicePaths(chunk, `/v1/stores/${name}/slice?`, spell),
              bodies,
            },
          },
        ])
        const fast = best(results, ['async', 'sync'])
        const title = `${work}, ${size} chunks`
        rows.push(
          {
            work: title,
            against: `FastAPI + zarr 2 (${fast})`,
            value: rate(results, 'ours') / rate(results, fast),
            target,
            sense: 'min',
          },
          {
            work: title,
            against: 'the same, p99',
            value: p99(results, 'ours') / p99(results, fast),
            target: 0.5,
            sense: 'max',
          },
          {
            work: `${title}, cached`,
            against: `FastAPI + zarr 2 (${fast})`,
            value: rate(results, 'cached') / rate(results, fast),
            target,
            sense: 'min',
          },
        )
      }
    }
    return rows
  })
}

/** 64 MiB in one answer. */
export function wholeRows(): Promise<Row[]> {
  const bare = (): Promise<Peer> => startZipzarr({ flags: ['--chunk-cache-bytes', '0'] })
  return withPeers([startFastApi, bare], async ([fastApi, ours]) => {
    const whole = { connections: 2, seconds: Math.max(SECONDS, 4), bodies } as const
    const results = await interleave([
      {
        name: 'async',
        load: { base: fastApi!.base, paths: ['/async/slice/blosc1m?path=field&slice=:,:'], ...whole },
      },
      {
        name: 'sync',
        load: { base: fastApi!.base, paths: ['/sync/slice/blosc1m?path=field&slice=:,:'], ...whole },
      },
      { name: 'ours', load: { base: ours!.base, paths: ['/v1/stores/blosc1m/slice?path=field'], ...whole } },
    ])
    const fast = best(results, ['async', 'sync'])
    const value = rate(results, 'ours') / rate(results, fast)
    return [{ work: '64 MiB slice', against: `FastAPI + zarr 2 (${fast})`, value, target: 2.3, sense: 'min' }]
  })
}

/** Decode-bound work with one worker and with two. */
export function scalingRows(): Promise<Row[]> {
  const flags = ['--chunk-cache-bytes', '0']
  const one = (): Promise<Peer> => startZipzarr({ workers: 1, flags })
  const two = (): Promise<Peer> => startZipzarr({ workers: 2, flags })
  return withPeers([one, two], async ([single, pair]) => {
    const paths = slicePaths(
      512,
      '/v1/stores/blosc1m/slice?',
      (_, i, j) => `${i * 512}:${i * 512 + 1024}:32,${j * 512}:${j * 512 + 1024}:32`,
    )
    const results = await interleave([
      { name: 'one', load: { base: single!.base, paths, bodies } },
      { name: 'two', load: { base: pair!.base, paths, bodies } },
    ])
    return [
      {
        work: 'decode-bound slices, 2 workers',
        against: 'one worker',
        value: rate(results, 'two') / rate(results, 'one'),
        target: 1.7,
        sense: 'min',
      },
    ]
  })
}
