// `categorize`: text stored as the number of its label, counted from 1; 0 is no label, the empty text.

import type { DataType } from '../../data-types/data-type.js'
import { parseNumpyDataType } from '../../data-types/data-type-v2.js'
import type { JsonObject } from '../../metadata/metadata.js'
import { toLittleEndian } from '../interface/byte-order.js'
import type { ChunkSpec, Codec, CodecContext } from '../interface/codec.js'
import { member, wrong } from '../interface/configuration.js'
import { codecFailed, codecUnsupported } from '../interface/failures.js'
import { loadItems, numericType } from '../interface/numeric.js'
import { itemCount } from '../interface/sizes.js'
import { type FlatFilter, numpyType, placeFilter } from './filter.js'

/** Decodes object arrays to text; fixed-length text is decoded in place, as its items. */
export function categorizeCodec(members: JsonObject, spec: ChunkSpec, context: CodecContext): Codec {
  const configuration = { codec: 'categorize', members }
  const labels = readLabels(members)
  const place = { path: '', member: 'codecs.categorize.astype' }
  const encodedType = numpyType(configuration, 'astype', parseNumpyDataType('|u1', place))
  const readLabel = labelReader(labels, encodedType)
  if (isObject(members, spec)) {
    const count = itemCount(spec.shape)
    return {
      kind: 'array-bytes',
      name: 'categorize',
      encodedByteLength: count * encodedType.itemSize,
      decode: encoded => ({ kind: 'variable', values: readLabel(encoded) }),
    }
  }
  const decodedType = numpyType(configuration, 'dtype', spec.dataType)
  return placeFilter(textFilter(decodedType, encodedType, readLabel), spec, context)
}

function readLabels(members: JsonObject): string[] {
  const labels = member({ codec: 'categorize', members }, 'labels')
  if (Array.isArray(labels) && labels.every(label => typeof label === 'string')) return labels
  return wrong({ codec: 'categorize', members }, 'labels', 'a list of texts', labels)
}

function isObject(members: JsonObject, spec: ChunkSpec): boolean {
  const dtype = member({ codec: 'categorize', members }, 'dtype')
  return spec.dataType.itemSize === 0 || dtype === '|O' || dtype === 'object'
}

type LabelReader = (encoded: Uint8Array) => string[]

function labelReader(labels: readonly string[], encodedType: DataType): LabelReader {
  const type = numericType('categorize', encodedType)
  return encoded => {
    const numbers: ArrayLike<number | bigint> = loadItems('categorize', encoded, type)
    // Numbers without a label decode to the empty text, as in numcodecs.
    return Array.from(numbers, number => labels[Number(number) - 1] ?? '')
  }
}

function textFilter(decodedType: DataType, encodedType: DataType, readLabel: LabelReader): FlatFilter {
  if (decodedType.kind !== 'utf32') codecUnsupported('categorize', `cannot decode to ${decodedType.name}`)
  return {
    name: 'categorize',
    decodedType,
    encodedType,
    decode(encoded) {
      const texts = readLabel(encoded)
      const bytes = new Uint8Array(texts.length * decodedType.itemSize)
      const view = new DataView(bytes.buffer)
      for (const [i, text] of texts.entries())
        writeText(view, i * decodedType.itemSize, { text, decodedType })
      return toLittleEndian(bytes, { dataType: decodedType })
    },
  }
}

/** UCS-4, padded with NUL; longer labels are cut off as NumPy does. */
function writeText(view: DataView, start: number, item: { text: string; decodedType: DataType }): void {
  const room = item.decodedType.itemSize / 4
  let at = 0
  for (const character of item.text) {
    if (at === room) return
    const codePoint = character.codePointAt(0)
    if (codePoint === undefined) codecFailed('categorize', 'a label is not text')
    view.setUint32(start + 4 * at++, codePoint as number, true)
  }
}
