// `zstd`: one or more zstd frames; checksums in them are verified, whatever the configuration says.
import type { BytesToBytesCodec } from '../interface/codec.js'
import { mayZstdWait, zstdByteLength, zstdDecode } from './zstd-decoder.js'

export function zstdCodec(): BytesToBytesCodec {
  return {
    kind: 'bytes-bytes',
    name: 'zstd',
    encodedByteLength: () => undefined,
    declaredByteLength: zstdByteLength,
    mayWait: mayZstdWait,
    decode: zstdDecode,
  }
}
