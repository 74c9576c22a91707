// Windows onto stored values, and reading many parts of one with few reads. Knows nothing of shards.
import type { ValueSource } from './codec.js'

/** A value that is in memory already. */
export function bytesSource(bytes: Uint8Array): ValueSource {
  return {
    byteLength: bytes.length,
    readRange: async (byteOffset, byteLength) => bytes.subarray(byteOffset, byteOffset + byteLength),
  }
}

/** A part of a value as a value of its own. */
export function windowSource(source: ValueSource, byteOffset: number, byteLength: number): ValueSource {
  return {
    byteLength,
    readRange: (offset, length, signal) => source.readRange(byteOffset + offset, length, signal),
  }
}

export interface SourceSpan {
  readonly byteOffset: number
  readonly byteLength: number
}

/** A gap up to this size is read along: one more read costs more. */
const MAX_GAP_BYTES = 16 * 1024
/** Parts are not joined beyond this, so that single reads stay small. */
const MAX_READ_BYTES = 8 * 1024 * 1024
/** Reads under way at once. */
const MAX_READS = 4

interface Read {
  readonly byteOffset: number
  byteLength: number
  /** Numbers of the spans that it covers. */
  readonly spans: number[]
}

/** Calls `use` once for each span with its bytes, in no particular order. Spans may overlap. */
export async function readSpans(
  { source, signal }: { readonly source: ValueSource; readonly signal: AbortSignal | undefined },
  spans: readonly SourceSpan[],
  use: (bytes: Uint8Array, span: number) => void | Promise<void>,
): Promise<void> {
  const reads = planReads(spans)
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < reads.length) {
      const read = reads[next++]
      const bytes = await source.readRange(read.byteOffset, read.byteLength, signal)
      for (const span of read.spans) {
        const { byteOffset, byteLength } = spans[span]
        const start = byteOffset - read.byteOffset
        await use(bytes.subarray(start, start + byteLength), span)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(MAX_READS, reads.length) }, worker))
}

function planReads(spans: readonly SourceSpan[]): Read[] {
  const order = spans.map((_, number) => number)
  order.sort((a, b) => spans[a].byteOffset - spans[b].byteOffset)
  const reads: Read[] = []
  for (const number of order) {
    const { byteOffset, byteLength } = spans[number]
    const last = reads.at(-1)
    const joined =
      last === undefined ? 0 : Math.max(byteOffset + byteLength - last.byteOffset, last.byteLength)
    const isNear = last !== undefined && byteOffset - (last.byteOffset + last.byteLength) <= MAX_GAP_BYTES
    if (last !== undefined && isNear && joined <= MAX_READ_BYTES) {
      last.byteLength = joined
      last.spans.push(number)
    } else {
      reads.push({ byteOffset, byteLength, spans: [number] })
    }
  }
  return reads
}
