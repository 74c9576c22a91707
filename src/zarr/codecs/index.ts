// The list of codecs: v3 names, and numcodecs' ids behind `numcodecs.` (v2's ids are translated to these).
// The README's table of what is read is made from it.

import { castValueCodec } from './array-to-array/cast-value.js'
import { astypeCodec, bitroundCodec, quantizeCodec } from './array-to-array/casts.js'
import { categorizeCodec } from './array-to-array/categorize.js'
import { deltaCodec } from './array-to-array/delta.js'
import { fixedScaleOffsetCodec } from './array-to-array/fixed-scale-offset.js'
import { numcodecsPackbitsCodec, packbitsCodec } from './array-to-array/packbits.js'
import { reshapeCodec } from './array-to-array/reshape.js'
import { scaleOffsetCodec } from './array-to-array/scale-offset.js'
import { transposeCodec } from './array-to-array/transpose.js'
import { bytesCodec } from './array-to-bytes/bytes.js'
import { jsonCodec } from './array-to-bytes/json.js'
import { msgpackCodec } from './array-to-bytes/msgpack.js'
import { pcodecCodec } from './array-to-bytes/pcodec.js'
import { vlenArrayCodec, vlenBytesCodec, vlenUtf8Codec } from './array-to-bytes/vlen.js'
import { zfpCodec, zfpyCodec } from './array-to-bytes/zfp.js'
import { base64Codec } from './bytes-to-bytes/base64.js'
import { bloscCodec } from './bytes-to-bytes/blosc.js'
import { bz2Codec } from './bytes-to-bytes/bz2.js'
import {
  adler32Codec,
  crc32Codec,
  crc32cCodec,
  fletcher32Codec,
  jenkinsLookup3Codec,
} from './bytes-to-bytes/checksum.js'
import { gzipCodec, zlibCodec } from './bytes-to-bytes/deflate.js'
import { lz4Codec } from './bytes-to-bytes/lz4.js'
import { lzmaCodec } from './bytes-to-bytes/lzma.js'
import { shuffleCodec } from './bytes-to-bytes/shuffle.js'
import { zstdCodec } from './bytes-to-bytes/zstd.js'
import type { CodecFactory } from './interface/codec.js'
import { shardingCodec } from './sharding/sharding.js'

/** numcodecs' ids, as v2 metadata and v3's `numcodecs.<id>` use them. */
const NUMCODECS = {
  adler32: adler32Codec,
  astype: astypeCodec,
  base64: base64Codec,
  bitround: bitroundCodec,
  blosc: bloscCodec,
  bz2: bz2Codec,
  categorize: categorizeCodec,
  crc32: crc32Codec,
  crc32c: crc32cCodec,
  delta: deltaCodec,
  fixedscaleoffset: fixedScaleOffsetCodec,
  fletcher32: fletcher32Codec,
  gzip: gzipCodec,
  jenkins_lookup3: jenkinsLookup3Codec,
  json: jsonCodec,
  json2: jsonCodec,
  lz4: lz4Codec,
  lzma: lzmaCodec,
  msgpack: msgpackCodec,
  msgpack2: msgpackCodec,
  packbits: numcodecsPackbitsCodec,
  pcodec: pcodecCodec,
  quantize: quantizeCodec,
  shuffle: shuffleCodec,
  'vlen-array': vlenArrayCodec,
  'vlen-bytes': vlenBytesCodec,
  'vlen-utf8': vlenUtf8Codec,
  zfpy: zfpyCodec,
  zlib: zlibCodec,
  zstd: zstdCodec,
} as const satisfies Record<string, CodecFactory>

/** Names of v3's core, its registered extensions, and the unregistered ones that writers use bare. */
const REGISTERED = {
  bitround: bitroundCodec,
  blosc: bloscCodec,
  bytes: bytesCodec,
  bz2: bz2Codec,
  cast_value: castValueCodec,
  crc32c: crc32cCodec,
  endian: bytesCodec,
  fletcher32: fletcher32Codec,
  gzip: gzipCodec,
  lz4: lz4Codec,
  lzma: lzmaCodec,
  packbits: packbitsCodec,
  reshape: reshapeCodec,
  scale_offset: scaleOffsetCodec,
  sharding_indexed: shardingCodec,
  shuffle: shuffleCodec,
  transpose: transposeCodec,
  'vlen-array': vlenArrayCodec,
  'vlen-bytes': vlenBytesCodec,
  'vlen-utf8': vlenUtf8Codec,
  zfp: zfpCodec,
  zlib: zlibCodec,
  zstd: zstdCodec,
} as const satisfies Record<string, CodecFactory>

/** Codecs that are refused for a reason worth telling. */
export const REFUSED_CODECS: ReadonlyMap<string, string> = new Map([
  ['numcodecs.pickle', 'is never decoded: a pickle can run any program'],
])

/** Every codec that is read, by the name metadata gives it. */
export const CODECS: ReadonlyMap<string, CodecFactory> = new Map([
  ...Object.entries<CodecFactory>(REGISTERED),
  ...Object.entries<CodecFactory>(NUMCODECS).map(([id, factory]) => [`numcodecs.${id}`, factory] as const),
])
