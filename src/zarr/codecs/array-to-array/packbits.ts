// `packbits`: items as runs of bits. v3's codec takes any width, lowest bit first; numcodecs' filter packs
// truth values, highest bit first, behind a byte that counts the padding.
import type { DataType } from '../../data-types/data-type.js'
import type { JsonObject } from '../../metadata/metadata.js'
import type { ArrayToBytesCodec, ChunkSpec, Codec, CodecContext } from '../interface/codec.js'
import { choice, integer } from '../interface/configuration.js'
import { codecFailed, codecMisconfigured, codecUnsupported } from '../interface/failures.js'
import { fixedBytes, itemCount } from '../interface/sizes.js'
import { asBytes } from './filter.js'

const NAME = 'packbits'

/** numcodecs' filter, in v2 on bytes, in v3 as `numcodecs.packbits` on arrays. */
export function numcodecsPackbitsCodec(_members: JsonObject, spec: ChunkSpec, context: CodecContext): Codec {
  if (spec.dataType.itemSize !== 1)
    codecUnsupported(NAME, `does not hold items of type ${spec.dataType.name}`)
  const encodedByteLength = (count: number) => 1 + Math.ceil(count / 8)
  if (context.stage === 'bytes') {
    return {
      kind: 'bytes-bytes',
      name: NAME,
      encodedByteLength,
      decode: (encoded, bound) => unpackTruthValues(encoded, bound.maxByteLength),
    }
  }
  const count = itemCount(spec.shape)
  return {
    kind: 'array-array',
    name: NAME,
    encodedSpec: asBytes(spec, encodedByteLength(count)),
    decode: input => ({ kind: 'fixed', bytes: unpackTruthValues(fixedBytes(NAME, input), count) }),
  }
}

function unpackTruthValues(encoded: Uint8Array, maxCount: number): Uint8Array {
  const padding = encoded.length > 0 ? encoded[0] : 8
  const count = 8 * (encoded.length - 1) - padding
  if (padding > 7 || count < 0 || count > maxCount) {
    return codecFailed(
      NAME,
      `${encoded.length} bytes with ${padding} bits of padding are not ${maxCount} items`,
    )
  }
  const items = new Uint8Array(count)
  for (let i = 0; i < count; i++) items[i] = (encoded[1 + (i >> 3)] >> (7 - (i & 7))) & 1
  return items
}

/** How items of a type consist of bits. */
interface BitLayout {
  readonly componentCount: number
  /** Bits of a component that mean something (4 for int4, which takes a byte in memory). */
  readonly significantBits: number
  readonly componentBytes: number
  readonly firstBit: number
  readonly bitCount: number
  readonly isSigned: boolean
}

/** v3's array→bytes codec. */
export function packbitsCodec(members: JsonObject, spec: ChunkSpec): ArrayToBytesCodec {
  const configuration = { codec: NAME, members }
  const paddingPlace = choice(configuration, 'padding_encoding', ['none', 'first_byte', 'last_byte'])
  const layout = layoutOf(members, spec.dataType)
  const count = itemCount(spec.shape)
  const bits = count * layout.componentCount * layout.bitCount
  const packedLength = Math.ceil(bits / 8)
  const padding = packedLength * 8 - bits
  const encodedByteLength = packedLength + (paddingPlace === 'none' ? 0 : 1)
  return {
    kind: 'array-bytes',
    name: NAME,
    encodedByteLength,
    decode(encoded) {
      if (encoded.length !== encodedByteLength) {
        codecFailed(NAME, `expected ${encodedByteLength} bytes, found ${encoded.length}`)
      }
      const start = paddingPlace === 'first_byte' ? 1 : 0
      const declared = paddingPlace === 'none' ? padding : encoded[start === 1 ? 0 : packedLength]
      if (declared !== padding) codecFailed(NAME, `expected ${padding} bits of padding, found ${declared}`)
      const packed = encoded.subarray(start, start + packedLength)
      return { kind: 'fixed', bytes: unpack(packed, count * layout.componentCount, layout) }
    },
  }
}

function layoutOf(members: JsonObject, dataType: DataType): BitLayout {
  const { kind, itemSize, name } = dataType
  if (itemSize === 0 || kind === 'struct' || kind === 'utf32' || kind === 'bytes') {
    codecUnsupported(NAME, `does not hold items of type ${name}`)
  }
  const componentCount = kind === 'complex' || name.startsWith('complex') ? 2 : 1
  const componentBytes = itemSize / componentCount
  const significantBits = kind === 'bool' ? 1 : (narrowBits(name) ?? 8 * componentBytes)
  const configuration = { codec: NAME, members }
  const firstBit = integer(configuration, 'first_bit', 0)
  const lastBit = integer(configuration, 'last_bit', significantBits - 1)
  if (firstBit < 0 || lastBit < firstBit || lastBit >= significantBits) {
    codecMisconfigured(NAME, `bits ${firstBit} to ${lastBit} are not in the ${significantBits} of ${name}`)
  }
  const bitCount = lastBit - firstBit + 1
  return { componentCount, significantBits, componentBytes, firstBit, bitCount, isSigned: kind === 'int' }
}

/** Bits of the types that are narrower than a byte: int2, uint4, float6_e2m3fn, complex_float4_e2m1fn … */
function narrowBits(name: string): number | undefined {
  const found = /^(?:u?int|(?:complex_)?float)([246])(?:_|$)/.exec(name)
  return found === null ? undefined : Number(found[1])
}

function unpack(packed: Uint8Array, components: number, layout: BitLayout): Uint8Array {
  const { componentBytes, firstBit, bitCount, isSigned } = layout
  const bytes = new Uint8Array(components * componentBytes)
  for (let component = 0; component < components; component++) {
    const source = component * bitCount
    const target = component * componentBytes * 8 + firstBit
    let bit = 0
    for (let i = 0; i < bitCount; i++) {
      bit = (packed[Math.floor((source + i) / 8)] >> ((source + i) % 8)) & 1
      bytes[Math.floor((target + i) / 8)] |= bit << ((target + i) % 8)
    }
    // The highest packed bit is the sign: it fills the item up to its last byte.
    const end = (component + 1) * componentBytes * 8
    if (isSigned && bit === 1)
      for (let at = target + bitCount; at < end; at++) bytes[Math.floor(at / 8)] |= 1 << (at % 8)
  }
  return bytes
}
