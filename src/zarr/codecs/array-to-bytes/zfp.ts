// `zfpy`: zfp streams behind the header that numcodecs writes; and v3's registered `zfp`: the same streams
// without it, in the shape of the chunk and the mode of the configuration. A kernel decodes the blocks.
import { copyOut, withKernels } from '../../../kernels/kernels.js'
import type { JsonObject } from '../../metadata/metadata.js'
import type {
  Allocate,
  ArrayToBytesCodec,
  ChunkSpec,
  Codec,
  CodecContext,
  OutputBound,
} from '../interface/codec.js'
import { codecFailed, codecMisconfigured, codecUnsupported } from '../interface/failures.js'
import { checkBound } from '../interface/sizes.js'
import { compressorOfArrays, numbersOf, placeNumberCompressor } from './number-compressor.js'
import { readZfpHeader, ZFP_TYPES, type ZfpStream } from './zfp-header.js'
import { readZfpMode } from './zfp-modes.js'

const MAX_AXES = 4

export function zfpyCodec(_members: JsonObject, spec: ChunkSpec, context: CodecContext): Codec {
  const compressor = {
    name: 'zfpy',
    numberTypes: ZFP_TYPES,
    decode(encoded: Uint8Array, bound: OutputBound, allocate: Allocate) {
      const stream = readZfpHeader(encoded)
      return { type: stream.type, bytes: decodeZfp('zfpy', stream, { bound, allocate }) }
    },
  }
  return placeNumberCompressor(compressor, spec, context)
}

export function zfpCodec(members: JsonObject, spec: ChunkSpec, context: CodecContext): ArrayToBytesCodec {
  if (context.stage !== 'array')
    codecMisconfigured('zfp', 'stands after the codec that turns an array into bytes')
  if (spec.shape.length > MAX_AXES) {
    codecUnsupported('zfp', `holds arrays of up to ${MAX_AXES} dimensions, not of ${spec.shape.length}`)
  }
  // The last axis is the fastest. A chunk without axes is one number.
  const axes = spec.shape.length === 0 ? [1] : [...spec.shape].reverse()
  const type = numbersOf({ name: 'zfp', numberTypes: ZFP_TYPES }, spec.dataType)
  const parameters = readZfpMode(members, type, axes.length)
  const compressor = {
    name: 'zfp',
    numberTypes: ZFP_TYPES,
    decode(encoded: Uint8Array, bound: OutputBound, allocate: Allocate) {
      const stream = { encoded, type, axes, parameters, firstBit: 0 }
      return { type, bytes: decodeZfp('zfp', stream, { bound, allocate }) }
    },
  }
  return compressorOfArrays(compressor, spec)
}

interface ZfpOutput {
  readonly bound: OutputBound
  readonly allocate: Allocate
}

function decodeZfp(codec: string, stream: ZfpStream, { bound, allocate }: ZfpOutput): Uint8Array {
  const { encoded, type, axes, parameters, firstBit } = stream
  const byteLength = axes.reduce((product, length) => product * length, type.itemSize)
  checkBound(codec, byteLength, bound)
  return withKernels([encoded.length, byteLength], ({ functions, memory, regions: [input, output] }) => {
    memory.set(encoded, input)
    const [x, y = 0, z = 0, w = 0] = axes
    functions.zfpSetShape(x, y, z, w)
    const status = functions.zfpDecode(
      input,
      input + encoded.length,
      firstBit,
      ZFP_TYPES.indexOf(type) + 1,
      parameters.minBits,
      parameters.maxBits,
      parameters.maxPrecision,
      parameters.leastExponent,
      output,
    )
    if (status !== 0) codecFailed(codec, `${encoded.length} bytes end before ${axes.join(' x ')} numbers`)
    return copyOut(memory, { byteOffset: output, byteLength }, { allocate })
  })
}
