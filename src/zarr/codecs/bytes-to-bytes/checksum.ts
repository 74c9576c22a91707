// The checksum codecs: four bytes, little-endian, before or after the payload. Always verified.
import type { JsonObject } from '../../metadata/metadata.js'
import type { BytesToBytesCodec } from '../interface/codec.js'
import { choice, integer, member } from '../interface/configuration.js'
import { checksumMismatch, codecFailed, codecUnsupported } from '../interface/failures.js'
import { adler32, crc32, crc32c, fletcher32, jenkinsLookup3 } from './checksums.js'

const CHECKSUM_LENGTH = 4

type Location = 'start' | 'end'

export function crc32cCodec(members: JsonObject): BytesToBytesCodec {
  return checksumCodec('crc32c', locationOf('crc32c', members, 'end'), crc32c)
}

export function crc32Codec(members: JsonObject): BytesToBytesCodec {
  return checksumCodec('crc32', locationOf('crc32', members, 'start'), crc32)
}

export function adler32Codec(members: JsonObject): BytesToBytesCodec {
  return checksumCodec('adler32', locationOf('adler32', members, 'start'), adler32)
}

export function fletcher32Codec(): BytesToBytesCodec {
  return checksumCodec('fletcher32', 'end', fletcher32)
}

export function jenkinsLookup3Codec(members: JsonObject): BytesToBytesCodec {
  const configuration = { codec: 'jenkins_lookup3', members }
  const initialValue = integer(configuration, 'initval', 0)
  // A prefix is a Python bytes object, for which metadata has no form.
  if (member(configuration, 'prefix') !== undefined)
    codecUnsupported('jenkins_lookup3', 'a prefix is not supported')
  return checksumCodec('jenkins_lookup3', 'end', bytes => jenkinsLookup3(bytes, initialValue))
}

function locationOf(codec: string, members: JsonObject, fallback: Location): Location {
  return choice({ codec, members }, 'location', fallback === 'end' ? ['end', 'start'] : ['start', 'end'])
}

function checksumCodec(
  name: string,
  location: Location,
  checksum: (payload: Uint8Array) => number,
): BytesToBytesCodec {
  return {
    kind: 'bytes-bytes',
    name,
    encodedByteLength: decoded => decoded + CHECKSUM_LENGTH,
    decode(encoded) {
      if (encoded.length < CHECKSUM_LENGTH) {
        codecFailed(name, `expected a checksum of 4 bytes, found ${encoded.length} bytes in all`)
      }
      const payloadEnd = encoded.length - CHECKSUM_LENGTH
      const payload = location === 'end' ? encoded.subarray(0, payloadEnd) : encoded.subarray(CHECKSUM_LENGTH)
      const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.length)
      const stored = view.getUint32(location === 'end' ? payloadEnd : 0, true)
      const computed = checksum(payload)
      if (stored !== computed) checksumMismatch(name, stored, computed)
      return payload
    },
  }
}
