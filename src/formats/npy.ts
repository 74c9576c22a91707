// `npy`: NumPy's own file format (numpy.lib.format), versions 1 to 3; the items follow the header as in `raw`.
import { ZipzarrError } from '../errors.js'
import type { NumpyDescr } from '../zarr/data-types/data-type.js'
import type { Slab } from '../zarr/reading/slab.js'
import type { Format, FormatContext } from './format.js'
import { isValueType, rawByteLength } from './raw.js'

/** Items begin at a multiple of this, so that they can be mapped. */
const ALIGNMENT = 64
const MAX_V1_HEADER = 0xffff
/** NumPy leaves room for a first dimension of that many digits, for files that grow; ours are the same bytes. */
const GROWTH_DIGITS = 21

export const npy: Format = {
  name: 'npy',
  mediaType: 'application/x-npy',
  extension: 'npy',
  check: context => {
    descrOf(context)
  },
  byteLength: context => {
    const items = rawByteLength(context)
    return items === undefined ? undefined : npyHeader(context).byteLength + items
  },
  encode: encodeNpy,
}

async function* encodeNpy(slabs: AsyncIterable<Slab>, context: FormatContext): AsyncGenerator<Uint8Array> {
  yield npyHeader(context)
  for await (const slab of slabs) if (slab.kind === 'fixed') yield slab.bytes
}

/** @throws ZipzarrError FORMAT_NOT_POSSIBLE for items of no fixed size */
function descrOf({ dataType }: FormatContext): NumpyDescr {
  if (dataType.numpyDescr === undefined || isValueType(dataType.kind)) {
    throw new ZipzarrError(
      'FORMAT_NOT_POSSIBLE',
      `npy holds items of a fixed size, ${dataType.name} has none`,
      {
        facts: { dataType: dataType.name, hint: 'format=json or format=raw' },
      },
    )
  }
  return dataType.numpyDescr
}

/** Magic, version, header length, a Python dict literal, padding and a line feed. */
export function npyHeader(context: FormatContext): Buffer {
  const shape = context.shape
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  const dict = `{'descr': ${pythonDescr(descrOf(context))}, 'fortran_order': False, 'shape': ${tuple}, }`
  // Versions 1 and 2 are Latin-1 and differ in the width of the length; version 3 is UTF-8.
  const isLatin = [...dict].every(char => char <= '\xff')
  const room = ' '.repeat(shape.length === 0 ? 0 : Math.max(0, GROWTH_DIGITS - String(shape[0]).length))
  const text = Buffer.from(dict + room, isLatin ? 'latin1' : 'utf8')
  const isShort = text.byteLength + 2 * ALIGNMENT <= MAX_V1_HEADER
  const version = isLatin ? (isShort ? 1 : 2) : 3
  const fixed = version === 1 ? 10 : 12
  const total = Math.ceil((fixed + text.byteLength + 1) / ALIGNMENT) * ALIGNMENT
  const header = Buffer.alloc(total, ' ')
  header.write('\x93NUMPY', 0, 'latin1')
  header.writeUInt8(version, 6)
  header.writeUInt8(0, 7)
  if (version === 1) header.writeUInt16LE(total - fixed, 8)
  else header.writeUInt32LE(total - fixed, 8)
  text.copy(header, fixed)
  header.write('\n', total - 1)
  return header
}

function pythonDescr(descr: NumpyDescr): string {
  if (typeof descr === 'string') return pythonText(descr)
  const fields = descr.map(([name, type, shape]) => {
    const sub = shape === undefined ? '' : `, (${shape.join(', ')}${shape.length === 1 ? ',' : ''})`
    return `(${pythonText(name)}, ${pythonDescr(type)}${sub})`
  })
  return `[${fields.join(', ')}]`
}

/** A string literal as Python's `repr` writes it; field names are whatever the archive says. */
function pythonText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let literal = ''
  for (const char of text) {
    const unit = char.codePointAt(0) as number
    if (char === quote || char === '\\') literal += `\\${char}`
    else if (unit < 0x20 || (unit >= 0x7f && unit <= 0xa0))
      literal += `\\x${unit.toString(16).padStart(2, '0')}`
    else if (unit >= 0xd800 && unit <= 0xdfff) literal += `\\u${unit.toString(16)}`
    else literal += char
  }
  return quote + literal + quote
}
