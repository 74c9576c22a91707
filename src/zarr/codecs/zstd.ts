// `zstd`: one or more zstd frames; checksums in them are verified, whatever the configuration says.
import type { BytesToBytesCodec } from './codec.js'
import { mayZstdWait, zstdDecode } from './zstd-decoder.js'

export function zstdCodec(): BytesToBytesCodec {
  return {
    kind: 'bytes-bytes',
    name: 'zstd',
    encodedByteLength: () => undefined,
    mayWait: mayZstdWait,
    decode: zstdDecode,
  }
}
