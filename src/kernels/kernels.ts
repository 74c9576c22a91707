// The WASM kernels and their memory: loaded once a process, grown on demand up to a bound, given back after
// a huge chunk. Knows bytes and regions; formats and codecs are the callers'.
import { readFileSync } from 'node:fs'
import { ZipzarrError } from '../errors.js'

/**
 * The functions of assembly/index.ts. Decoders answer 0 when the output was filled exactly, else -1,
 * where nothing else is said.
 */
export interface KernelFunctions {
  lz4Decode(input: number, inputEnd: number, output: number, outputEnd: number): number
  blosclzDecode(input: number, inputEnd: number, output: number, outputEnd: number): number
  snappyDecode(input: number, inputEnd: number, output: number, outputEnd: number): number
  lzmaReset(properties: number): number
  lzmaDecode(
    input: number,
    inputEnd: number,
    dictionary: number,
    output: number,
    outputEnd: number,
    ending: number,
  ): number
  lzmaProduced(): number
  unshuffle(input: number, output: number, itemSize: number, itemCount: number): void
  bitUnshuffle(input: number, output: number, planes: number, itemSize: number, itemCount: number): void
  /** Bytes written, or -1 damaged, -2 checksum wrong, -3 output too small. `work`: 900,000 u32. */
  bzip2Decode(input: number, inputEnd: number, work: number, output: number, outputEnd: number): number
  /** Bytes written, or -1 damaged, -2 checksum wrong, -3 output too small, -4 needs a dictionary. */
  zstdDecode(input: number, inputEnd: number, output: number, outputEnd: number): number
  /** Bytes of `work` that chunks of up to `count` numbers need. */
  pcodecWorkBytes(count: number): number
  /** Where the chunk ends in the input, or -1. `kind`: 0 unsigned, 1 signed, 2 float. */
  pcodecDecode(
    input: number,
    inputEnd: number,
    majorVersion: number,
    bits: number,
    kind: number,
    work: number,
    output: number,
    count: number,
  ): number
  /** Items along each axis, fastest first, 0 for those there are not. */
  zfpSetShape(x: number, y: number, z: number, w: number): void
  /** 0, or -1 when the input ends too early. `type` as in a zfp header, from 1. */
  zfpDecode(
    input: number,
    inputEnd: number,
    firstBit: number,
    type: number,
    minBits: number,
    maxBits: number,
    maxPrecision: number,
    leastExponent: number,
    output: number,
  ): number
  crc64(input: number, inputEnd: number): bigint
  crc32c(input: number, inputEnd: number): number
  gather(
    input: number,
    output: number,
    vectors: number,
    inputAdvance: number,
    outputAdvance: number,
    pattern: number,
  ): void
  freeMemoryStart(): number
}

/** Regions of kernel memory for one synchronous use; the next reservation reuses the same bytes. */
export interface Reservation {
  readonly functions: KernelFunctions
  /** All of the kernel memory. What a region held before is still in it: write first, then read. */
  readonly memory: Uint8Array
  /** Where each region begins, in the order asked for. */
  readonly regions: readonly number[]
}

// The little of the WebAssembly interface that is used here; Node's own types leave it out.
interface WasmMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Memory: new (limits: { initial: number; maximum: number }) => WasmMemory
  Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

const PAGE = 65_536
/** Address space only: the system gives a page of it when it is first written. Growing would detach all views. */
const INITIAL_PAGES = 1024
/** The kernels compute with 32-bit pointers; half of that space keeps every sum of two of them exact. */
const MAX_MEMORY_BYTES = 2 ** 31 - PAGE
/** Memory beyond this is given back once the use is over. */
const KEPT_MEMORY_BYTES = INITIAL_PAGES * PAGE
/** Room after each region for the decoders' 16-byte copies. */
const SLACK = 64

interface Instance {
  readonly functions: KernelFunctions
  readonly memory: WasmMemory
  view: Uint8Array
  /** How far up regions have ever reached: no page beyond was touched. */
  highestRegionEnd: number
}

let compiled: object | undefined
let instance: Instance | undefined

function instantiate(): Instance {
  compiled ??= new WebAssembly.Module(readFileSync(new URL(import.meta.resolve('#kernels.wasm'))))
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_MEMORY_BYTES / PAGE })
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  const view = new Uint8Array(memory.buffer)
  return { functions: exports as KernelFunctions, memory, view, highestRegionEnd: 0 }
}

/** Bytes of memory the kernels have taken from the system. */
export function kernelMemoryBytes(): number {
  return instance?.highestRegionEnd ?? 0
}

/**
 * Runs `use` with one region of each of `byteLengths`. `use` is synchronous and must copy out what it wants
 * to keep. Throws CODEC_FAILED when the regions together exceed the kernels' bound.
 */
export function withKernels<T>(byteLengths: readonly number[], use: (reservation: Reservation) => T): T {
  instance ??= instantiate()
  const held = instance
  const { regions, end } = layOut(held, byteLengths)
  try {
    if (end > held.view.length) grow(held, end)
    held.highestRegionEnd = Math.max(held.highestRegionEnd, end)
    return use({ functions: held.functions, memory: held.view, regions })
  } finally {
    if (held.view.length > KEPT_MEMORY_BYTES) instance = undefined
  }
}

function layOut(held: Instance, byteLengths: readonly number[]): { regions: number[]; end: number } {
  const regions: number[] = []
  let end = align(held.functions.freeMemoryStart())
  for (const byteLength of byteLengths) {
    regions.push(end)
    end = align(end + byteLength + SLACK)
  }
  return { regions, end }
}

function grow(held: Instance, needed: number): void {
  if (!Number.isSafeInteger(needed) || needed > MAX_MEMORY_BYTES) {
    throw new ZipzarrError(
      'CODEC_FAILED',
      `decoding this chunk needs ${needed} bytes of memory, more than the ${MAX_MEMORY_BYTES} there can be`,
      { facts: { limit: MAX_MEMORY_BYTES, actual: needed } },
    )
  }
  try {
    held.memory.grow(Math.ceil((needed - held.view.length) / PAGE))
  } catch (cause) {
    throw new ZipzarrError('OVERLOADED', `no memory left to decode a chunk that needs ${needed} bytes`, {
      cause,
    })
  }
  held.view = new Uint8Array(held.memory.buffer)
}

function align(offset: number): number {
  return Math.ceil(offset / SLACK) * SLACK
}

/** Where decoded bytes go. */
export interface Output {
  readonly allocate: (byteLength: number) => Uint8Array
  /** The only ones that will be looked at, where that is known: others may be old data. */
  readonly needed?: ByteSpan | undefined
}

/** Bytes `from <= position < to`. */
export interface ByteSpan {
  readonly from: number
  readonly to: number
}

/** A result in kernel memory, copied to where it goes. */
export function copyOut(
  memory: Uint8Array,
  { byteOffset, byteLength }: { readonly byteOffset: number; readonly byteLength: number },
  { allocate, needed }: Output,
): Uint8Array {
  const target = allocate(byteLength)
  // Of a huge result of which little is needed, no other page is touched.
  const from = Math.min(needed?.from ?? 0, byteLength)
  const to = Math.min(needed?.to ?? byteLength, byteLength)
  target.set(memory.subarray(byteOffset + from, byteOffset + to), from)
  return target
}

/** Memory that was not cleared: the caller overwrites every byte of it before anybody reads it. */
export function uninitialized(byteLength: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(byteLength).buffer)
}
