// LZMA2: LZMA in chunks that say how long they are, packed and unpacked, and what is reset before them. The
// plan is made from the chunks' headers alone, so sizes are known before anything is decoded.
import type { KernelFunctions } from './kernels.js'
import { lzmaFailed } from './lzma-errors.js'

interface Lzma2Chunk {
  readonly byteOffset: number
  readonly byteLength: number
  readonly decodedByteLength: number
  readonly isPacked: boolean
  readonly resetsDictionary: boolean
  /** LZMA's properties byte when the state is reset before the chunk. */
  readonly resetProperties: number | undefined
}

export interface Lzma2Plan {
  readonly chunks: readonly Lzma2Chunk[]
  readonly decodedByteLength: number
  /** Where the data ends, in the bytes that were given. */
  readonly end: number
}

export function planLzma2(bytes: Uint8Array, start: number): Lzma2Plan {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const chunks: Lzma2Chunk[] = []
  const state: PlanState = { needsDictionary: true, needsProperties: true, needsState: true, properties: 0 }
  let decodedByteLength = 0
  let at = start
  for (;;) {
    if (at >= bytes.length) return cutShort()
    if (bytes[at] === 0) return { chunks, decodedByteLength, end: at + 1 }
    const chunk = readChunkHeader(view, at, state)
    at = chunk.byteOffset + chunk.byteLength
    if (at > bytes.length) return cutShort()
    decodedByteLength += chunk.decodedByteLength
    chunks.push(chunk)
  }
}

/** What the next chunk must bring with it. */
interface PlanState {
  needsDictionary: boolean
  needsProperties: boolean
  needsState: boolean
  properties: number
}

function readChunkHeader(view: DataView, at: number, state: PlanState): Lzma2Chunk {
  const control = view.getUint8(at)
  const isPacked = control >= 0x80
  const headerLength = isPacked ? (control >= 0xc0 ? 6 : 5) : 3
  if (at + headerLength > view.byteLength) return cutShort()
  const resetsDictionary = control === 1 || control >= 0xe0
  if (state.needsDictionary && !resetsDictionary) lzmaFailed('the first chunk does not reset the dictionary')
  state.needsDictionary = false
  // A new dictionary voids the distances that the state remembers.
  if (resetsDictionary) state.needsProperties = true
  if (!isPacked) {
    if (control > 2) lzmaFailed(`a chunk has the control byte ${control}`)
    const length = view.getUint16(at + 1) + 1
    const byteOffset = at + headerLength
    return {
      byteOffset,
      byteLength: length,
      decodedByteLength: length,
      isPacked,
      resetsDictionary,
      resetProperties: undefined,
    }
  }
  return {
    byteOffset: at + headerLength,
    byteLength: view.getUint16(at + 3) + 1,
    decodedByteLength: (control & 0x1f) * 65_536 + view.getUint16(at + 1) + 1,
    isPacked,
    resetsDictionary,
    resetProperties: readReset(view, at, state),
  }
}

function readReset(view: DataView, at: number, state: PlanState): number | undefined {
  const control = view.getUint8(at)
  if (control >= 0xc0) {
    state.properties = view.getUint8(at + 5)
    state.needsProperties = false
  } else if (state.needsProperties) {
    lzmaFailed('a chunk has no properties')
  }
  if (control >= 0xa0) {
    state.needsState = false
    return state.properties
  }
  if (state.needsState) lzmaFailed('a chunk goes on with a state that was never set')
  return undefined
}

/** Where to decode to: pointers into kernel memory. `input` is where the planned bytes begin. */
export interface Lzma2Target {
  readonly functions: KernelFunctions
  readonly memory: Uint8Array
  readonly input: number
  readonly output: number
}

export function decodeLzma2({ functions, memory, input, output }: Lzma2Target, { chunks }: Lzma2Plan): void {
  let dictionary = output
  let at = output
  for (const chunk of chunks) {
    const start = input + chunk.byteOffset
    const end = start + chunk.byteLength
    if (chunk.resetsDictionary) dictionary = at
    if (!chunk.isPacked) {
      memory.copyWithin(at, start, end)
    } else {
      const { resetProperties } = chunk
      if (resetProperties !== undefined && functions.lzmaReset(resetProperties) !== 0) {
        lzmaFailed('a chunk has properties that are not valid')
      }
      const consumed = functions.lzmaDecode(start, end, dictionary, at, at + chunk.decodedByteLength, 0)
      if (consumed !== chunk.byteLength) lzmaFailed('a chunk does not decode to its length')
    }
    at += chunk.decodedByteLength
  }
}

function cutShort(): never {
  return lzmaFailed('the LZMA2 data is cut short')
}
