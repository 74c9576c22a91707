// LZMA data of whole values: .xz files, raw LZMA2 and single LZMA streams. How much memory they may take is said
// before they are decoded; whose they are (a codec's, a ZIP method's) is not known here.
import { createHash } from 'node:crypto'
import { crc32 } from '../crc32.js'
import { copyOut, type Output, type Reservation, uninitialized, withKernels } from './kernels.js'
import { lzmaFailed, lzmaMismatch } from './lzma-errors.js'
import { decodeLzma2, planLzma2 } from './lzma2.js'
import { readXzBlocks, type XzBlock } from './xz-container.js'

/** Throws when so many decoded bytes are not wanted; called before memory is taken for them. */
export type CheckLength = (byteLength: number) => void

const OWN: Output = { allocate: uninitialized }

/** The blocks of all streams of an .xz file, each held against its check. */
export function decodeXz(encoded: Uint8Array, checkLength: CheckLength, output = OWN): Uint8Array {
  const blocks = readXzBlocks(encoded)
  const total = blocks.reduce((sum, { plan }) => sum + plan.decodedByteLength, 0)
  checkLength(total)
  return withKernels([encoded.length, total], reservation => {
    const { memory, regions } = reservation
    memory.set(encoded, regions[0])
    let start = regions[1]
    for (const block of blocks) {
      decodeBlock(reservation, block, start)
      start += block.plan.decodedByteLength
    }
    return copyOut(memory, { byteOffset: regions[1], byteLength: total }, output)
  })
}

function decodeBlock({ functions, memory, regions }: Reservation, block: XzBlock, output: number): void {
  decodeLzma2({ functions, memory, input: regions[0], output }, block.plan)
  const end = output + block.plan.decodedByteLength
  const bytes = memory.subarray(output, end)
  for (const distance of block.deltaDistances.toReversed()) undoDelta(bytes, distance)
  const computed = Buffer.alloc(block.storedCheck.length)
  if (block.check === 'crc32') computed.writeUInt32LE(crc32(bytes))
  else if (block.check === 'crc64')
    computed.writeBigUInt64LE(BigInt.asUintN(64, functions.crc64(output, end)))
  else if (block.check === 'sha256') createHash('sha256').update(bytes).digest().copy(computed)
  if (!computed.equals(block.storedCheck)) lzmaMismatch(block.check)
}

/** Bytes were stored as differences from those `distance` before. */
export function undoDelta(bytes: Uint8Array, distance: number): void {
  for (let i = distance; i < bytes.length; i++) bytes[i] += bytes[i - distance]
}

export function decodeRawLzma2(encoded: Uint8Array, checkLength: CheckLength, output = OWN): Uint8Array {
  const plan = planLzma2(encoded, 0)
  if (plan.end !== encoded.length) lzmaFailed(`${encoded.length - plan.end} bytes follow the LZMA2 data`)
  checkLength(plan.decodedByteLength)
  const byteLength = plan.decodedByteLength
  return withKernels([encoded.length, byteLength], ({ functions, memory, regions: [input, start] }) => {
    memory.set(encoded, input)
    decodeLzma2({ functions, memory, input, output: start }, plan)
    return copyOut(memory, { byteOffset: start, byteLength }, output)
  })
}

export interface LzmaStream {
  /** LZMA's byte (pb * 5 + lp) * 9 + lc. */
  readonly properties: number
  /** As lzmaDecode's: 1 an end marker must come, 2 it may, once the output is full. */
  readonly ending: 1 | 2
  /** Bytes of output at most. */
  readonly capacity: number
}

/** What one stream decodes to; undefined when it is damaged or needs more room, which look alike. */
export function decodeLzmaStream(
  encoded: Uint8Array,
  { properties, ending, capacity }: LzmaStream,
  output = OWN,
): Uint8Array | undefined {
  return withKernels([encoded.length, capacity], ({ functions, memory, regions: [input, start] }) => {
    memory.set(encoded, input)
    if (functions.lzmaReset(properties) !== 0) lzmaFailed('the properties are not valid')
    const end = start + capacity
    const consumed = functions.lzmaDecode(input, input + encoded.length, start, start, end, ending)
    if (consumed !== encoded.length) return undefined
    return copyOut(memory, { byteOffset: start, byteLength: functions.lzmaProduced() }, output)
  })
}
