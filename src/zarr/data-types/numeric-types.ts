// The data types that need no configuration, by their v3 names. Facts only.
import type { DataType, DataTypeKind } from './data-type.js'

type Row = readonly [
  kind: DataTypeKind,
  itemSize: number,
  swapSize: number,
  numpyDescr: string,
  bits?: number,
]

const SMALL_FLOATS = [
  'float4_e2m1fn',
  'float6_e2m3fn',
  'float6_e3m2fn',
  'float8_e3m4',
  'float8_e4m3',
  'float8_e4m3b11fnuz',
  'float8_e4m3fn',
  'float8_e4m3fnuz',
  'float8_e5m2',
  'float8_e5m2fnuz',
  'float8_e8m0fnu',
]

const ROWS: Readonly<Record<string, Row>> = {
  bool: ['bool', 1, 0, '|b1'],
  int8: ['int', 1, 0, '|i1'],
  int16: ['int', 2, 2, '<i2'],
  int32: ['int', 4, 4, '<i4'],
  int64: ['int', 8, 8, '<i8'],
  uint8: ['uint', 1, 0, '|u1'],
  uint16: ['uint', 2, 2, '<u2'],
  uint32: ['uint', 4, 4, '<u4'],
  uint64: ['uint', 8, 8, '<u8'],
  float16: ['float', 2, 2, '<f2'],
  float32: ['float', 4, 4, '<f4'],
  float64: ['float', 8, 8, '<f8'],
  complex64: ['complex', 8, 4, '<c8'],
  complex128: ['complex', 16, 8, '<c16'],
  // Registered extensions. NumPy has no name for what follows as |V: such items travel as opaque bytes.
  complex_float32: ['complex', 8, 4, '<c8'],
  complex_float64: ['complex', 16, 8, '<c16'],
  int2: ['int', 1, 0, '|i1', 2],
  int4: ['int', 1, 0, '|i1', 4],
  uint2: ['uint', 1, 0, '|u1', 2],
  uint4: ['uint', 1, 0, '|u1', 4],
  bfloat16: ['float', 2, 2, '|V2'],
  complex_bfloat16: ['raw', 4, 2, '|V4'],
  complex_float16: ['raw', 4, 2, '|V4'],
  ...Object.fromEntries(SMALL_FLOATS.map((name): [string, Row] => [name, ['raw', 1, 0, '|V1']])),
  ...Object.fromEntries(SMALL_FLOATS.map((name): [string, Row] => [`complex_${name}`, ['raw', 2, 0, '|V2']])),
}

/** All names `numericType` knows, for the list of what is read. */
export const NUMERIC_TYPE_NAMES: readonly string[] = Object.keys(ROWS)

/** The type of that v3 name; undefined when it is none that stands without a configuration. */
export function numericType(name: string): DataType | undefined {
  const row = Object.hasOwn(ROWS, name) ? ROWS[name] : undefined
  if (row === undefined) return undefined
  const [kind, itemSize, swapSize, numpyDescr, bits] = row
  return { name, kind, itemSize, swapSize, numpyDescr, ...(bits === undefined ? {} : { bits }) }
}
