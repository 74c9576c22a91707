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
  /** From planes that lie apart: `table` holds a pointer of 32 bits for each. */
  unshufflePlanes(table: number, output: number, itemSize: number, itemCount: number): void
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
  copyRows(
    input: number,
    output: number,
    length: number,
    rows: number,
    inputPitch: number,
    outputPitch: number,
  ): void
  freeMemoryStart(): number
}

/** Regions of kernel memory for one synchronous use; the next reservation reuses the same bytes. */
export interface Reservation {
  readonly functions: KernelFunctions
  /** All of the kernel memory. What a region held before is still in it: write first, then read. */
  readonly memory: Uint8Array
  /** The same in words of 32 bits. */
  readonly words: Uint32Array
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
/** Of the kept memory, what scratch may take; the rest is left to the kernels that work on it. */
const MAX_SCRATCH_BYTES = KEPT_MEMORY_BYTES / 2
/** Room after each region for the decoders' 16-byte copies. */
const SLACK = 64

/** Regions are taken from the low end, scratch from the high end: neither overwrites the other. */
interface Instance {
  readonly functions: KernelFunctions
  readonly memory: WasmMemory
  view: Uint8Array
  /** The same memory in words of 32 bits. */
  words: Uint32Array
  /** Where the scratch in use begins; the end of the memory when there is none. */
  scratchStart: number
  /** How far up regions, and how far down scratch, have ever reached: between them no page was touched. */
  highestRegionEnd: number
  lowestScratchStart: number
}

let compiled: object | undefined
let instance: Instance | undefined

function instantiate(): Instance {
  compiled ??= new WebAssembly.Module(readFileSync(new URL(import.meta.resolve('#kernels.wasm'))))
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_MEMORY_BYTES / PAGE })
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  const view = new Uint8Array(memory.buffer)
  const words = new Uint32Array(memory.buffer)
  const end = view.length
  const functions = exports as KernelFunctions
  return { functions, memory, view, words, scratchStart: end, highestRegionEnd: 0, lowestScratchStart: end }
}

/** Bytes of memory the kernels have taken from the system. */
export function kernelMemoryBytes(): number {
  if (instance === undefined) return 0
  return instance.highestRegionEnd + instance.view.length - instance.lowestScratchStart
}

/**
 * Runs `use` with one region of each of `byteLengths`. `use` is synchronous and must copy out what it wants
 * to keep. Throws CODEC_FAILED when the regions together exceed the kernels' bound.
 */
export function withKernels<T>(byteLengths: readonly number[], use: (reservation: Reservation) => T): T {
  instance ??= instantiate()
  const { regions, end } = layOut(instance, byteLengths)
  // Scratch in use must stay where it is, so what does not fit below it works in a memory of its own.
  const held = hasScratch(instance) && end > instance.scratchStart ? instantiate() : instance
  try {
    if (end > held.scratchStart) grow(held, end)
    held.highestRegionEnd = Math.max(held.highestRegionEnd, end)
    return use({ functions: held.functions, memory: held.view, words: held.words, regions })
  } finally {
    if (held === instance && held.view.length > KEPT_MEMORY_BYTES) instance = undefined
  }
}

/**
 * Runs `use` with a lender of kernel memory: what is read or decoded into it needs no copy to be worked on by
 * kernels. Synchronous; the bytes are nobody's once `use` has ended. Beyond its bound ordinary memory is lent.
 */
export function withScratch<T>(use: (lend: (byteLength: number) => Uint8Array) => T): T {
  instance ??= instantiate()
  const held = instance
  const before = held.scratchStart
  try {
    return use(byteLength => lendScratch(held, byteLength))
  } finally {
    held.scratchStart = before
  }
}

/** True for scratch: such bytes must be copied by whoever wants to keep them. */
export function isKernelMemory(bytes: Uint8Array): boolean {
  return bytes.buffer === instance?.view.buffer
}

function lendScratch(held: Instance, byteLength: number): Uint8Array {
  const start = alignDown(held.scratchStart - byteLength - SLACK)
  if (start < held.view.length - MAX_SCRATCH_BYTES) return uninitialized(byteLength)
  held.scratchStart = start
  held.lowestScratchStart = Math.min(held.lowestScratchStart, start)
  return new Uint8Array(held.view.buffer, start, byteLength)
}

function hasScratch(held: Instance): boolean {
  return held.scratchStart < held.view.length
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
  // Only ever without scratch in use: where it begins moves with the end.
  held.view = new Uint8Array(held.memory.buffer)
  held.words = new Uint32Array(held.memory.buffer)
  held.scratchStart = held.view.length
  held.lowestScratchStart = held.view.length
}

function align(offset: number): number {
  return Math.ceil(offset / SLACK) * SLACK
}

function alignDown(offset: number): number {
  return Math.floor(offset / SLACK) * SLACK
}

/** Fills `target` with kernel memory, and returns it. */
export function copyOut(memory: Uint8Array, byteOffset: number, target: Uint8Array): Uint8Array {
  target.set(memory.subarray(byteOffset, byteOffset + target.length))
  return target
}

/** Memory that was not cleared: the caller overwrites every byte of it before anybody reads it. */
export function uninitialized(byteLength: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(byteLength).buffer)
}
