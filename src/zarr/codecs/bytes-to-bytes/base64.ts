// `base64`: RFC 4648 text with padding.
import type { BytesToBytesCodec } from '../interface/codec.js'
import { codecFailed } from '../interface/failures.js'
import { checkBound } from '../interface/sizes.js'

const TEXT = /^[A-Za-z0-9+/]*={0,2}$/

export function base64Codec(): BytesToBytesCodec {
  return {
    kind: 'bytes-bytes',
    name: 'base64',
    encodedByteLength: decoded => Math.ceil(decoded / 3) * 4,
    decode(encoded, bound) {
      const text = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.length).toString('latin1')
      if (text.length % 4 !== 0 || !TEXT.test(text)) codecFailed('base64', 'the text is not base64')
      const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
      checkBound('base64', (text.length / 4) * 3 - padding, bound)
      return Buffer.from(text, 'base64')
    },
  }
}
