// Decodes zstd data of bounded size: by Node itself where it can (22.15 and later), else by WASM. Sizes in
// the frames' headers are checked before memory is taken.
import { createRequire } from 'node:module'
import zlib from 'node:zlib'
import { uninitialized } from '../kernels/kernels.js'
import type { OutputBound } from './codec.js'
import { codecFailed } from './failures.js'
import { checkBound } from './sizes.js'
import { readZstdFrames, type ZstdFrame } from './zstd-frames.js'

/** Windows beyond Node's own limit (ZSTD_d_windowLogMax) are left to the WASM decoder, which needs none. */
const NODE_MAX_WINDOW_BYTES = 2 ** 27
/** WASM memory beyond this is given back once the use is over. */
const KEPT_MEMORY_BYTES = 64 * 2 ** 20

type NodeDecoder = (encoded: Uint8Array, options: zlib.ZlibOptions) => Uint8Array
// Absent before Node 22.15, and from the types of the oldest Node supported.
const nodeDecoder: NodeDecoder | undefined = (zlib as { zstdDecompressSync?: NodeDecoder }).zstdDecompressSync

/** What is used of @foxglove/wasm-zstd's Emscripten module; its own wrapper copies everything once more. */
interface WasmZstd {
  readonly HEAPU8: Uint8Array
  _malloc(byteLength: number): number
  _free(pointer: number): void
  /** ZSTD_decompress: verifies checksums, never writes past the output. Bytes written, or negative. */
  _decompress(output: number, outputLength: number, input: number, inputLength: number): number
}

let wasm: WasmZstd | undefined
let loading: Promise<void> | undefined

/** Undefined when decoding can start at once, else a promise to wait for first. */
export function loadZstd(): Promise<void> | undefined {
  if (wasm !== undefined) return undefined
  loading ??= instantiate().finally(() => {
    loading = undefined
  })
  return loading
}

async function instantiate(): Promise<void> {
  const load: unknown = createRequire(import.meta.url)('@foxglove/wasm-zstd/dist/wasm-zstd.js')
  wasm = await (load as () => Promise<WasmZstd>)()
}

/** Only after loadZstd. Throws CODEC_FAILED in the name of `codec`, blosc using this too. */
export function zstdDecode(codec: string, encoded: Uint8Array, bound: OutputBound): Uint8Array {
  const frames = readZstdFrames(codec, encoded)
  const byteLength = outputLength(codec, frames, bound)
  if (byteLength === 0) return new Uint8Array(0)
  const decoded = canNodeDecode(frames)
    ? decodeByNode(codec, encoded, byteLength)
    : decodeByWasm(codec, encoded, byteLength)
  checkBound(codec, decoded.length, bound)
  return decoded
}

/** What all frames decode to: exact when they say so themselves, else the most their blocks can hold. */
function outputLength(codec: string, frames: readonly ZstdFrame[], bound: OutputBound): number {
  let length = 0
  let isExact = true
  for (const frame of frames) {
    isExact &&= frame.contentByteLength !== undefined
    length += frame.contentByteLength ?? frame.maxByteLength
  }
  if (isExact) checkBound(codec, length, bound)
  return Math.min(length, bound.maxByteLength)
}

function canNodeDecode(frames: readonly ZstdFrame[]): boolean {
  return (
    nodeDecoder !== undefined &&
    frames.length === 1 &&
    frames[0].windowByteLength <= Math.max(NODE_MAX_WINDOW_BYTES, frames[0].contentByteLength ?? 0)
  )
}

function decodeByNode(codec: string, encoded: Uint8Array, byteLength: number): Uint8Array {
  try {
    return nodeDecoder!(encoded, { maxOutputLength: byteLength, chunkSize: byteLength + 1 })
  } catch (cause) {
    return codecFailed(codec, cause instanceof Error ? cause.message : 'the zstd data is damaged', {}, cause)
  }
}

function decodeByWasm(codec: string, encoded: Uint8Array, byteLength: number): Uint8Array {
  const module = wasm!
  const input = module._malloc(encoded.length)
  const output = module._malloc(byteLength)
  try {
    if (input === 0 || output === 0) codecFailed(codec, `no memory to decode ${byteLength} bytes`)
    module.HEAPU8.set(encoded, input)
    const written = module._decompress(output, byteLength, input, encoded.length)
    if (written < 0) codecFailed(codec, 'the zstd data is damaged')
    const decoded = uninitialized(written)
    decoded.set(module.HEAPU8.subarray(output, output + written))
    return decoded
  } finally {
    module._free(input)
    module._free(output)
    if (module.HEAPU8.length > KEPT_MEMORY_BYTES) wasm = undefined
  }
}
