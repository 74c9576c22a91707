// `raw`: the items and nothing else, C order, little-endian. Variable-length items are each preceded by their
// length in bytes (u32, little-endian): UTF-8 text, bytes, or JSON text.
import { ZipzarrError } from '../errors.js'
import { safeProduct } from '../zarr/indexing/resolved-selection.js'
import type { Slab } from '../zarr/reading/slab.js'
import type { Format, FormatContext } from './format.js'
import { valueText } from './json-items.js'

const MAX_VALUE_LENGTH = 0xffff_ffff
/** Prefixed values are handed on in pieces of about this size. */
const PIECE_BYTES = 64 * 1024

export const raw: Format = {
  name: 'raw',
  mediaType: 'application/octet-stream',
  extension: 'bin',
  isPlain: true,
  check: () => undefined,
  byteLength: rawByteLength,
  encode: encodeRaw,
}

/** Items × item size; undefined for variable-length items. */
export function rawByteLength({ shape, dataType }: FormatContext): number | undefined {
  if (isValueType(dataType.kind)) return undefined
  return safeProduct([...shape, dataType.itemSize])
}

export function isValueType(kind: string): boolean {
  return kind === 'string' || kind === 'binary' || kind === 'object'
}

async function* encodeRaw(slabs: AsyncIterable<Slab>, context: FormatContext): AsyncGenerator<Uint8Array> {
  for await (const slab of slabs) {
    if (slab.kind === 'fixed') yield slab.bytes
    else yield* prefixed(slab.values, context)
  }
}

function* prefixed(values: readonly unknown[], context: FormatContext): Generator<Uint8Array> {
  let pieces: Uint8Array[] = []
  let byteLength = 0
  for (const value of values) {
    const bytes = valueBytes(value, context)
    if (bytes.byteLength > MAX_VALUE_LENGTH) {
      throw new ZipzarrError('FORMAT_NOT_POSSIBLE', `a value of ${bytes.byteLength} bytes has no u32 length`)
    }
    const prefix = new Uint8Array(4)
    new DataView(prefix.buffer).setUint32(0, bytes.byteLength, true)
    pieces.push(prefix, bytes)
    byteLength += 4 + bytes.byteLength
    if (byteLength < PIECE_BYTES) continue
    yield Buffer.concat(pieces, byteLength)
    pieces = []
    byteLength = 0
  }
  if (byteLength > 0) yield Buffer.concat(pieces, byteLength)
}

function valueBytes(value: unknown, { dataType, nonfinite }: FormatContext): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string' && dataType.kind === 'string') return Buffer.from(value, 'utf8')
  return Buffer.from(valueText(value, nonfinite ?? 'null'), 'utf8')
}
