// `pcodec`: files of pco's standalone format; a kernel decodes the chunks in them.
import { copyOut, type Reservation, withKernels } from '../../../kernels/kernels.js'
import type { JsonObject } from '../../metadata/metadata.js'
import type { Allocate, ChunkSpec, Codec, CodecContext, OutputBound } from '../interface/codec.js'
import { codecFailed } from '../interface/failures.js'
import { decodeGrowing } from '../interface/growing.js'
import { type Numbers, type NumberType, placeNumberCompressor } from './number-compressor.js'
import { chunkTypeOf, NUMBER_TYPES, type PcoFile, readPcoChunk, readPcoHeader } from './pcodec-file.js'

const NAME = 'pcodec'
/** Numbers in a chunk of numcodecs' default configuration; chunks may hold more. */
const USUAL_CHUNK_COUNT = 262_144
/** As assembly/pcodec-modes.ts counts them. */
const KINDS = ['uint', 'int', 'float'] as const

export function pcodecCodec(_members: JsonObject, spec: ChunkSpec, context: CodecContext): Codec {
  return placeNumberCompressor({ name: NAME, numberTypes: NUMBER_TYPES, decode: decodePco }, spec, context)
}

function decodePco(encoded: Uint8Array, bound: OutputBound, allocate: Allocate): Numbers {
  const file = readPcoHeader(encoded)
  const type = chunkTypeOf(file)
  const size = { encodedByteLength: encoded.length, bound }
  const bytes = decodeGrowing(NAME, size, capacity => {
    const maxCount = Math.floor(capacity / type.itemSize)
    let chunkCount = Math.min(USUAL_CHUNK_COUNT, maxCount)
    for (;;) {
      const result = decodeChunks(file, { type, capacity, chunkCount, allocate })
      if (typeof result !== 'number') return result === 'full' ? undefined : result
      // At least doubled, so that chunks that grow one by one do not make as many attempts.
      chunkCount = Math.min(Math.max(result, 2 * chunkCount), maxCount)
    }
  })
  return { type, bytes }
}

interface Room {
  readonly type: NumberType
  /** Bytes of output. */
  readonly capacity: number
  /** Numbers of the largest chunk there is memory to work on. */
  readonly chunkCount: number
  readonly allocate: Allocate
}

/** All chunks of the file; 'full' when the output is too small, a number when a chunk of so many needs more. */
function decodeChunks(file: PcoFile, room: Room): Uint8Array | 'full' | number {
  const { encoded } = file
  const workLength = withKernels([], ({ functions }) => functions.pcodecWorkBytes(room.chunkCount))
  return withKernels([encoded.length, workLength, room.capacity], reservation => {
    const { memory, regions } = reservation
    memory.set(encoded, regions[0])
    let written = 0
    let offset = file.chunksOffset
    for (;;) {
      const chunk = readPcoChunk(file, offset)
      if (chunk === undefined) return copyOut(memory, { byteOffset: regions[2], byteLength: written }, room)
      const byteLength = chunk.count * room.type.itemSize
      if (byteLength > room.capacity - written) return 'full'
      if (chunk.count > room.chunkCount) return chunk.count
      offset = decodeChunk(reservation, file, { ...chunk, type: room.type, written })
      written += byteLength
    }
  })
}

interface PlacedChunk {
  readonly type: NumberType
  readonly bodyOffset: number
  readonly count: number
  /** Bytes of output before this chunk's. */
  readonly written: number
}

/** Answers where the next chunk begins in the file. */
function decodeChunk(
  { functions, regions: [input, work, output] }: Reservation,
  { encoded, majorVersion }: PcoFile,
  { type, bodyOffset, count, written }: PlacedChunk,
): number {
  const end = functions.pcodecDecode(
    input + bodyOffset,
    input + encoded.length,
    majorVersion,
    8 * type.itemSize,
    KINDS.indexOf(type.kind),
    work,
    output + written,
    count,
  )
  if (end < 0) codecFailed(NAME, `the chunk of ${count} numbers at byte ${bodyOffset} is damaged`)
  return end - input
}
