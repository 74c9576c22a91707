// Decoding one 1 MiB chunk against the native C libraries, and assembling against NumPy: both in process.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { NodePath } from '../../src/store/keys.js'
import { CodecPipeline, type DecodedChunk } from '../../src/zarr/codecs/codec-pipeline.js'
import { parseSelection } from '../../src/zarr/indexing/selection.js'
import type { ArrayMetadata, CodecSpec, JsonObject } from '../../src/zarr/metadata/metadata.js'
import { parseNodeV3 } from '../../src/zarr/metadata/metadata-v3.js'
import { ZarrArray } from '../../src/zarr/reading/array.js'
import { ReadResources } from '../../src/zarr/reading/read-resources.js'
import { FolderStore } from '../support/folder-store.js'
import { ROUNDS } from './load.js'
import { data, inProcess } from './peers.js'
import { median, type Row } from './table.js'

const REPEATS = 41
/** Unmeasured work before the measured. */
const WARM_MS = 300

const hasZstd =
  Number(process.versions.node.split('.')[0]) >= 23 || 'zstdDecompress' in (await import('node:zlib'))

const CODECS: ReadonlyArray<readonly [file: string, target: number, spec: CodecSpec]> = [
  ['blosc-lz4-shuffle', 0.75, { name: 'numcodecs.blosc', configuration: {} }],
  ['blosc-lz4-bitshuffle', 1, { name: 'numcodecs.blosc', configuration: {} }],
  ['blosc-zstd-shuffle', 0.55, { name: 'numcodecs.blosc', configuration: {} }],
  ['blosc-zlib-shuffle', 0.7, { name: 'numcodecs.blosc', configuration: {} }],
  ['zstd', hasZstd ? 0.8 : 0.5, { name: 'zstd', configuration: { level: 3 } }],
  ['zlib', 1, { name: 'numcodecs.zlib', configuration: { level: 5 } }],
  ['gzip', 1, { name: 'gzip', configuration: { level: 5 } }],
]

/** Of the work as a service does it all day: once the compiler has seen it often. */
async function medianSeconds(work: () => unknown, repeats = REPEATS): Promise<number> {
  const times: number[] = []
  const warmUntil = performance.now() + WARM_MS
  while (performance.now() < warmUntil) await work()
  for (let i = 0; i < repeats; i++) {
    const start = performance.now()
    await work()
    times.push((performance.now() - start) / 1000)
  }
  return median(times)
}

function metadataOf(shape: readonly number[], chunkShape: readonly number[]): ArrayMetadata {
  const document: JsonObject = {
    zarr_format: 3,
    node_type: 'array',
    shape: [...shape],
    data_type: 'float32',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [...chunkShape] } },
    chunk_key_encoding: { name: 'default' },
    fill_value: 0,
    codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
    attributes: {},
  }
  return parseNodeV3('field' as NodePath, document) as ArrayMetadata
}

/**
 * Throughput ratios: native seconds over ours, for the same bytes; several rounds, medians. As the service does it
 * (ChunkDecoder.read): the decoded bytes go into memory at hand, as they do for the native libraries.
 */
export async function codecRows(): Promise<Row[]> {
  const native = inProcess('zarr2', 'codecs', REPEATS)
  const { dataType, fillValue } = metadataOf([512, 512], [512, 512])
  const raw = readFileSync(join(data, 'codec-raw.bin'))
  const rows: Row[] = []
  for (const [file, target, spec] of CODECS) {
    const encoded = readFileSync(join(data, `codec-${file}.bin`))
    const bytes: CodecSpec = { name: 'bytes', configuration: { endian: 'little' } }
    const pipeline = CodecPipeline.resolve([bytes, spec], { shape: [512, 512], dataType, fillValue })
    const memory = new Uint8Array(raw.byteLength)
    const decode = (check?: (decoded: Uint8Array) => void): unknown => {
      const decoded = pipeline.decode(encoded, { allocate: () => memory })
      if (decoded instanceof Promise) return decoded.then(chunk => check?.(bytesOf(chunk)))
      check?.(bytesOf(decoded))
      return undefined
    }
    const check = (decoded: Uint8Array): void => {
      if (raw.compare(decoded) !== 0) throw new Error(`${file} decoded wrongly`)
    }
    await decode(check)
    const ours = await medianSeconds(() => decode())
    await decode(check)
    const value = (native[file] as number) / ours
    rows.push({ work: `decoding ${file}, 1 MiB`, against: 'native C library', value, target, sense: 'min' })
  }
  return rows
}

function bytesOf(chunk: DecodedChunk): Uint8Array {
  if (chunk.kind === 'fixed') return chunk.bytes
  throw new Error('a chunk of numbers has no values of variable length')
}

const SELECTIONS: ReadonlyArray<readonly [name: string, text: string, side: number]> = [
  ['one chunk', '0:512,0:512', 2048],
  ['crossing 4 chunks', '256:768,256:768', 2048],
  ['::2, ::2', '::2,::2', 2048],
  ['rows ::2', '::2', 2048],
  ['column', ':,5', 2048],
  ['everything', '', 4096],
]

/** Time ratios: ours over NumPy's on the same chunks in memory. Rounds alternate, so that noise hits both. */
export async function assembleRows(): Promise<Row[]> {
  const ratios = new Map<string, number[]>()
  for (let round = 0; round < ROUNDS; round++) {
    const numpy = inProcess('zarr3', 'assemble', REPEATS)
    for (const [name, text, side] of SELECTIONS) {
      const ours = await assemblingSeconds(name, { text, side })
      ratios.set(name, [...(ratios.get(name) ?? []), ours / (numpy[name] as number)])
    }
  }
  return [...ratios].map(([name, values]) => ({
    work: `assembling ${name}`,
    against: 'NumPy, time',
    value: median(values),
    target: 1.5,
    sense: 'max' as const,
  }))
}

/** Slabs are given back at once, as the service does when the socket has taken them. */
async function assemblingSeconds(
  name: string,
  { text, side }: { text: string; side: number },
): Promise<number> {
  const resources = new ReadResources({ chunkCacheBytes: 512 * 2 ** 20 })
  const store = FolderStore.fromEntries(chunksOf(side))
  const array = ZarrArray.over(store, metadataOf([side, side], [512, 512]), resources)
  const selection = array.resolve(parseSelection(text))
  return medianSeconds(async () => {
    let total = 0
    for await (const slab of array.read(selection)) {
      total += slab.itemCount
      if (slab.kind === 'fixed') resources.slabPool.release(slab.bytes)
    }
    if (total !== selection.itemCount) throw new Error(`${name}: ${total} items`)
  })
}

function chunksOf(side: number): Map<string, Buffer> {
  const chunk = readFileSync(join(data, 'codec-raw.bin'))
  const count = side / 512
  const chunks = new Map<string, Buffer>()
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++) chunks.set(`field/c/${i}/${j}`, Buffer.from(chunk))
  return chunks
}
