// From JSON to the little-endian bytes of one item, for every fixed-size kind. The rules say what a format's
// documents allow beyond the common forms.

import { isJsonObject, type Json } from '../json/json.js'
import { failInvalid, failUnsupported, type MetadataLocation, within } from '../json/metadata-location.js'
import type { DataType, StructField } from './data-type.js'
import { floatFormatOf } from './float-bytes.js'
import {
  booleanOf,
  byteStringOf,
  encodeFloatBits,
  encodeFloatScalar,
  encodeInteger,
  encodePadded,
  encodeTime,
  encodeUtf32,
  type Found,
  failExpected,
} from './item-scalars.js'
import { listSwaps, swapRanges } from './swap-item.js'

/** How v2 and v3 differ. */
export interface ItemRules {
  /** `0x7fc00000`: a float by its bits (v3). */
  readonly hexFloats: boolean
  /** v2 writers: 0 for all zero bytes, 0 and 1 for booleans, one number for a complex one, lists for structs. */
  readonly legacyForms: boolean
}

/** One item of a fixed-size type. @throws ZipzarrError METADATA_INVALID, METADATA_UNSUPPORTED */
export function encodeItem(
  dataType: DataType,
  json: Json,
  at: { rules: ItemRules; place: MetadataLocation },
): Uint8Array {
  return new ItemEncoder(at.rules).encode(dataType, { json, place: at.place })
}

class ItemEncoder {
  readonly #rules: ItemRules

  constructor(rules: ItemRules) {
    this.#rules = rules
  }

  encode(dataType: DataType, given: Found): Uint8Array {
    const { itemSize } = dataType
    const found = { json: onlyItem(dataType, given.json), place: given.place }
    if (this.#rules.legacyForms && found.json === 0) return this.#zero(dataType, found)
    switch (dataType.kind) {
      case 'bool':
        return Uint8Array.of(Number(this.#boolean(found)))
      case 'int':
      case 'uint':
        return encodeInteger(dataType, found)
      case 'datetime':
      case 'timedelta':
        return encodeTime(dataType, found)
      case 'float':
        return this.#float(dataType, itemSize, found)
      case 'complex':
        return this.#complex(dataType, found)
      case 'utf32':
        return encodeUtf32(itemSize, found)
      case 'bytes':
        return encodePadded(itemSize, found)
      case 'raw':
        return this.#raw(dataType, found)
      case 'struct':
        return this.#struct(dataType, found)
      default:
        return failInvalid(found.place, `data type ${dataType.name} has no items of a fixed size`)
    }
  }

  /** -0 is a number of its own; to every other kind it is 0 like the other. */
  #zero(dataType: DataType, found: Found): Uint8Array {
    if (dataType.kind === 'float' && Object.is(found.json, -0))
      return this.#float(dataType, dataType.itemSize, found)
    return new Uint8Array(dataType.itemSize)
  }

  #boolean(found: Found): boolean {
    const value = booleanOf(found.json)
    if (value !== undefined) return value
    return (this.#rules.legacyForms ? bitOf(found.json) : undefined) ?? failExpected('true or false', found)
  }

  #float(dataType: DataType, byteLength: number, found: Found): Uint8Array {
    const bits = this.#rules.hexFloats ? encodeFloatBits(byteLength, found) : undefined
    return bits ?? encodeFloatScalar(dataType, byteLength, found)
  }

  #complex(dataType: DataType, found: Found): Uint8Array {
    const { json, place } = found
    const parts = this.#rules.legacyForms && !Array.isArray(json) ? [json, 0] : json
    if (!Array.isArray(parts) || parts.length !== 2) return failExpected('a list of two numbers', found)
    const half = dataType.itemSize / 2
    const encoded = new Uint8Array(dataType.itemSize)
    encoded.set(this.#float(dataType, half, { json: parts[0] as Json, place: within(place, 0) }))
    encoded.set(this.#float(dataType, half, { json: parts[1] as Json, place: within(place, 1) }), half)
    return encoded
  }

  /** Opaque bytes, or a float format no number type here holds. */
  #raw(dataType: DataType, found: Found): Uint8Array {
    const { json, place } = found
    if (floatFormatOf(dataType) !== undefined && !this.#isBase64Item(dataType, json)) {
      const isComplex = dataType.name.startsWith('complex_')
      return isComplex ? this.#complex(dataType, found) : this.#float(dataType, dataType.itemSize, found)
    }
    if (typeof json === 'number') {
      return failUnsupported(place, `a fill value of ${json} for ${dataType.name} is not supported`)
    }
    const length = byteStringOf(found).length
    // A list says each byte; base64 of fewer is padded, as old writers leave the end out.
    const isPadded = this.#rules.legacyForms && typeof json === 'string'
    if (!isPadded && length !== dataType.itemSize) {
      return failInvalid(place, `expected ${dataType.itemSize} bytes, found ${length}`)
    }
    return encodePadded(dataType.itemSize, found)
  }

  /** TensorStore writes a v2 fill value of float4_e2m1fn as base64 of its byte; no number looks so. */
  #isBase64Item({ itemSize }: DataType, json: Json): boolean {
    if (!this.#rules.legacyForms || typeof json !== 'string' || !json.endsWith('=')) return false
    return Buffer.from(json, 'base64').length === itemSize
  }

  #struct(dataType: DataType, found: Found): Uint8Array {
    if (typeof found.json === 'string') return structBytes(dataType, found)
    const fields = dataType.fields ?? []
    const values = this.#fieldValues(fields, found)
    const encoded = new Uint8Array(dataType.itemSize)
    for (const [index, field] of fields.entries()) {
      const value = { json: values[index] as Json, place: within(found.place, field.name) }
      for (const [position, item] of this.#fieldItems(field, value).entries()) {
        encoded.set(item, field.byteOffset + position * field.dataType.itemSize)
      }
    }
    return encoded
  }

  #fieldValues(fields: readonly StructField[], found: Found): Json[] {
    const { json, place } = found
    if (this.#rules.legacyForms && Array.isArray(json)) {
      if (json.length === fields.length) return json
      return failInvalid(place, `expected ${fields.length} values, found ${json.length}`)
    }
    if (!isJsonObject(json)) return failExpected('an object with a value for each field', found)
    const unknown = Object.keys(json).find(name => !fields.some(field => field.name === name))
    if (unknown !== undefined) return failInvalid(place, `there is no field ${JSON.stringify(unknown)}`)
    return fields.map(
      field =>
        json[field.name] ?? failInvalid(place, `expected a value for field ${JSON.stringify(field.name)}`),
    )
  }

  /** One item for a scalar field; those of a sub-array, given in nested or flat lists, one by one. */
  #fieldItems(field: StructField, { json, place }: Found): Uint8Array[] {
    if (field.shape.length === 0) return [this.encode(field.dataType, { json, place })]
    const count = field.shape.reduce((product, length) => product * length, 1)
    const values = Array.isArray(json) ? flatten(json, field.shape.length) : []
    if (values.length !== count) return failInvalid(place, `expected ${count} values, found ${values.length}`)
    return values.map((value, index) =>
      this.encode(field.dataType, { json: value, place: within(place, index) }),
    )
  }
}

/** Booleans that v2 writers give as numbers, or as the text of one. */
function bitOf(json: Json): boolean | undefined {
  if (json === 0 || json === '0') return false
  return json === 1 || json === '1' ? true : undefined
}

/**
 * netCDF-C 4.8 writes the fill value as a list of one. Where a list has a meaning of its own (bytes, the fields of
 * a struct), only one that cannot have it is taken so.
 */
function onlyItem(dataType: DataType, json: Json): Json {
  if (!Array.isArray(json) || json.length !== 1) return json
  const item = json[0] as Json
  switch (dataType.kind) {
    case 'struct':
      return json
    case 'bytes':
      return typeof item === 'string' ? item : json
    case 'raw':
      return typeof item === 'string' || floatFormatOf(dataType) !== undefined ? item : json
    case 'complex':
      return Array.isArray(item) ? item : json
    default:
      return item
  }
}

function flatten(list: readonly Json[], depth: number): Json[] {
  if (depth <= 1) return [...list]
  return list.flatMap(item => (Array.isArray(item) ? flatten(item, depth - 1) : [item]))
}

/** The whole struct as base64 of its stored bytes. */
function structBytes(dataType: DataType, found: Found): Uint8Array {
  const bytes = byteStringOf(found)
  if (bytes.length !== dataType.itemSize) {
    return failInvalid(found.place, `expected ${dataType.itemSize} bytes, found ${bytes.length}`)
  }
  swapRanges(bytes, 0, listSwaps(dataType))
  return bytes
}
