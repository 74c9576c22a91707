// What a format is to the routes: a name, a media type, and a way from slabs to bytes. One file per format.
import type { DataType } from '../zarr/data-types/data-type.js'
import type { Slab } from '../zarr/reading/slab.js'

/** The result being written, and the client's wishes. */
export interface FormatContext {
  readonly dataType: DataType
  /** Shape of the result. */
  readonly shape: readonly number[]
  /** JSON: NaN and infinities as `null` (the default) or as the strings `"NaN"`, `"Infinity"`, `"-Infinity"`. */
  readonly nonfinite?: 'null' | 'string'
  /** JSON: datetimes as ticks (the default) or as ISO 8601 text. */
  readonly datetime?: 'integer' | 'iso'
  /**
   * Called with a slab's bytes when the format has written them elsewhere. Formats that pass the slab's own
   * bytes on (raw, npy) do not call it: whoever sends them does (SlabPool.release in the write's callback).
   */
  readonly release?: (bytes: Uint8Array) => void
}

export interface Format {
  readonly name: string
  readonly mediaType: string
  /** File name extension without the dot. */
  readonly extension: string
  /** @throws ZipzarrError FORMAT_NOT_POSSIBLE when such a result cannot be written in this format */
  check(context: FormatContext): void
  /** Exact bytes of the answer where known before reading. */
  byteLength(context: FormatContext): number | undefined
  /** True when the answer is the items' own bytes and nothing else. */
  readonly isPlain?: boolean
  /** Bytes of the answer; every slab is taken in order. */
  encode(slabs: AsyncIterable<Slab>, context: FormatContext): AsyncIterable<Uint8Array>
}
