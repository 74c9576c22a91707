// `blosc`: the container's streams, each by the fastest decoder at hand, then the shuffle undone in WASM.
import zlib from 'node:zlib'
import { copyOut, type KernelFunctions, type Reservation, withKernels } from '../kernels/kernels.js'
import {
  type BloscBlock,
  type BloscCompressor,
  type BloscContainer,
  type BloscStream,
  parseBloscContainer,
} from './blosc-container.js'
import type { Allocate, BytesToBytesCodec } from './codec.js'
import { inflateOptions } from './deflate.js'
import { codecFailed } from './failures.js'
import { checkStatus } from './zstd-decoder.js'

/** Undecoded bytes of streams that no kernel reads, decoded beforehand; looked up by their byte offset. */
type DecodedStreams = ReadonlyMap<number, Uint8Array>

const NOTHING_DECODED: DecodedStreams = new Map()

interface Work {
  readonly encoded: Uint8Array
  readonly container: BloscContainer
  readonly allocate: Allocate
}

/** Decoding needs nothing of the configuration: everything is in the container's header. */
export function bloscCodec(): BytesToBytesCodec {
  return {
    kind: 'bytes-bytes',
    name: 'blosc',
    encodedByteLength: () => undefined,
    decode(encoded, bound, allocate) {
      const container = parseBloscContainer(encoded, bound)
      const { storedByteOffset, decodedByteLength, compressor } = container
      if (storedByteOffset !== undefined) return encoded.subarray(storedByteOffset)
      if (decodedByteLength === 0) return new Uint8Array(0)
      const work = { encoded, container, allocate }
      if (compressor === 'zlib') return decodeInflated(work)
      return assemble(work, NOTHING_DECODED)
    },
  }
}

/** zlib streams are inflated one after the other; blocks are small enough not to hold up the event loop. */
function decodeInflated(work: Work): Uint8Array {
  const { encoded, container } = work
  const decoded = new Map<number, Uint8Array>()
  for (const stream of compressedStreams(container)) {
    const options = inflateOptions({ maxByteLength: stream.decodedByteLength, isExact: true })
    try {
      decoded.set(stream.byteOffset, zlib.inflateSync(bytesOf(encoded, stream), options))
    } catch (cause) {
      codecFailed('blosc', 'a zlib stream is damaged', {}, cause)
    }
  }
  return assemble(work, decoded)
}

function* compressedStreams({ blocks }: BloscContainer): Iterable<BloscStream> {
  for (const { streams } of blocks) {
    for (const stream of streams) if (stream.byteLength !== stream.decodedByteLength) yield stream
  }
}

function bytesOf(encoded: Uint8Array, { byteOffset, byteLength }: BloscStream): Uint8Array {
  return encoded.subarray(byteOffset, byteOffset + byteLength)
}

/** Where the kernels find things: pointers of the regions reserved for one chunk. */
interface Workspace {
  readonly functions: KernelFunctions
  readonly memory: Uint8Array
  readonly input: number
  readonly output: number
  readonly shuffled: number
  readonly planes: number
}

function assemble({ encoded, container, allocate }: Work, decoded: DecodedStreams): Uint8Array {
  const blockBytes = container.shuffle === 'none' ? 0 : container.blocks[0].decodedByteLength
  const planesBytes = container.shuffle === 'bit' ? blockBytes : 0
  const lengths = [encoded.length, container.decodedByteLength, blockBytes, planesBytes]
  return withKernels(lengths, reservation => {
    const workspace = workspaceOf(reservation)
    workspace.memory.set(encoded, workspace.input)
    for (const block of container.blocks) decodeBlock(workspace, container, { block, decoded })
    return copyOut(workspace.memory, workspace.output, allocate(container.decodedByteLength))
  })
}

function workspaceOf({ functions, memory, regions }: Reservation): Workspace {
  const [input, output, shuffled, planes] = regions
  return { functions, memory, input, output, shuffled, planes }
}

interface BlockWork {
  readonly block: BloscBlock
  readonly decoded: DecodedStreams
}

function decodeBlock(workspace: Workspace, container: BloscContainer, { block, decoded }: BlockWork): void {
  const output = workspace.output + block.decodedByteOffset
  let at = container.shuffle === 'none' ? output : workspace.shuffled
  for (const stream of block.streams) {
    const ready = decoded.get(stream.byteOffset)
    if (ready !== undefined) workspace.memory.set(ready, at)
    else decodeStream(workspace, container, { stream, at })
    at += stream.decodedByteLength
  }
  if (container.shuffle !== 'none') undoShuffle(workspace, container, block)
}

function decodeStream(
  { functions, memory, input }: Workspace,
  { compressor }: BloscContainer,
  { stream, at }: { readonly stream: BloscStream; readonly at: number },
): void {
  const start = input + stream.byteOffset
  const end = start + stream.byteLength
  const outputEnd = at + stream.decodedByteLength
  if (stream.byteLength === stream.decodedByteLength) {
    memory.copyWithin(at, start, end)
    return
  }
  const status = decodeWith(compressor, functions, { start, end, at, outputEnd })
  if (status !== 0) {
    codecFailed('blosc', `a ${compressor} stream does not decode to its ${stream.decodedByteLength} bytes`)
  }
}

interface StreamPointers {
  readonly start: number
  readonly end: number
  readonly at: number
  readonly outputEnd: number
}

/** 0 when the stream filled its place exactly. */
function decodeWith(
  compressor: BloscCompressor,
  functions: KernelFunctions,
  { start, end, at, outputEnd }: StreamPointers,
): number {
  if (compressor === 'lz4') return functions.lz4Decode(start, end, at, outputEnd)
  if (compressor === 'blosclz') return functions.blosclzDecode(start, end, at, outputEnd)
  if (compressor === 'snappy') return functions.snappyDecode(start, end, at, outputEnd)
  const written = functions.zstdDecode(start, end, at, outputEnd)
  checkStatus('blosc', written)
  return written - (outputEnd - at)
}

function undoShuffle(workspace: Workspace, { shuffle, itemSize }: BloscContainer, block: BloscBlock): void {
  const { functions, memory, shuffled, planes } = workspace
  const output = workspace.output + block.decodedByteOffset
  const length = block.decodedByteLength
  const count = Math.floor(length / itemSize)
  // c-blosc leaves a block as it is when its items do not fill whole bytes of bits.
  const isLeft = shuffle === 'bit' && count % 8 !== 0
  const done = isLeft ? 0 : count * itemSize
  if (shuffle === 'byte') functions.unshuffle(shuffled, output, itemSize, count)
  else if (!isLeft) functions.bitUnshuffle(shuffled, output, planes, itemSize, count)
  if (done < length) memory.copyWithin(output + done, shuffled + done, shuffled + length)
}
