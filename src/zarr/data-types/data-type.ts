// What a data type is: enough to move, swap, print and refuse items without a class per type.

export type DataTypeKind =
  | 'bool' // 1 byte, 0 or 1
  | 'int'
  | 'uint'
  | 'float' // IEEE 754 of itemSize 2, 4, 8; other floats by name (bfloat16, float8_*)
  | 'complex'
  | 'datetime' // int64 ticks since 1970-01-01, unit and factor in `time`
  | 'timedelta'
  | 'utf32' // fixed-length text, 4 bytes a code point, NUL padded
  | 'bytes' // fixed-length byte string, NUL padded
  | 'raw' // fixed-length opaque bytes (r*, V, raw_bytes)
  | 'struct'
  | 'string' // variable length
  | 'binary' // variable length
  | 'object' // v2 |O: whatever JSON value the object codec yields

export interface StructField {
  readonly name: string
  readonly dataType: DataType
  /** Sub-array shape of the field, [] for a scalar. */
  readonly shape: readonly number[]
  /** Offset in the item, in bytes. */
  readonly byteOffset: number
}

/**
 * A data type. Decoded chunks and answers are always little-endian; `byteOrder` is that of the *stored*
 * items where the type itself says it (v2), and the codec pipeline swaps.
 */
export interface DataType {
  /** The name in its own format's words: `float32`, `numpy.datetime64`, or the v2 typestring `<f4`. */
  readonly name: string
  readonly kind: DataTypeKind
  /** Bytes per decoded item; 0 for the variable-length kinds. */
  readonly itemSize: number
  /** Bytes that are swapped together (4 for complex64 and utf32, 0 when nothing is swapped: bytes, raw, bool). */
  readonly swapSize: number
  /** Byte order of stored items for v2 types; undefined for v3, where the `bytes` codec says it. */
  readonly storedByteOrder?: 'little' | 'big'
  /** NumPy's descr of the little-endian type for .npy headers: `<f4`, `|S7`, or a list for structs. */
  readonly numpyDescr?: NumpyDescr
  /**
   * How many low bits of the byte count, for int2, int4, uint2 and uint4. The others are arbitrary when stored
   * and are the sign (or zero) when decoded.
   */
  readonly bits?: number
  readonly time?: { readonly unit: string; readonly factor: number }
  readonly fields?: readonly StructField[]
}

export type NumpyDescr =
  | string
  | ReadonlyArray<readonly [string, NumpyDescr] | readonly [string, NumpyDescr, readonly number[]]>

/** Largest item of a fixed-size type, in bytes: a fill value of it is made for every open array. */
export const MAX_ITEM_SIZE = 16 * 1024 * 1024

/** True for types whose items have no fixed size: their chunks are lists of values, not bytes. */
export function isVariableLength(dataType: DataType): boolean {
  return (
    dataType.itemSize === 0 &&
    (dataType.kind === 'string' || dataType.kind === 'binary' || dataType.kind === 'object')
  )
}
