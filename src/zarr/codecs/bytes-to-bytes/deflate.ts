// `gzip` and `zlib`: Node's own inflate, on the event loop for small chunks, on the thread pool for big ones.
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { BytesToBytesCodec, OutputBound } from '../interface/codec.js'
import { codecFailed } from '../interface/failures.js'
import { MAX_SYNCHRONOUS_BYTES } from '../interface/sizes.js'

/** First buffer when the decoded size is not known. */
const UNKNOWN_SIZE_BUFFER = 64 * 1024

const gunzip = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.gunzip)
const inflate = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.inflate)

export function gzipCodec(): BytesToBytesCodec {
  return deflateCodec('gzip', zlib.gunzipSync, gunzip)
}

export function zlibCodec(): BytesToBytesCodec {
  return deflateCodec('zlib', zlib.inflateSync, inflate)
}

function deflateCodec(
  name: string,
  decodeSync: (encoded: Uint8Array, options: zlib.ZlibOptions) => Uint8Array,
  decodeLater: (encoded: Uint8Array, options: zlib.ZlibOptions) => Promise<Uint8Array>,
): BytesToBytesCodec {
  return {
    kind: 'bytes-bytes',
    name,
    encodedByteLength: () => undefined,
    mayWait,
    decode(encoded, bound) {
      const options = inflateOptions(bound)
      if (mayWait(bound) && encoded.length > 1024) {
        return decodeLater(encoded, options).catch(cause => refuse(name, cause, bound))
      }
      try {
        return decodeSync(encoded, options)
      } catch (cause) {
        return refuse(name, cause, bound)
      }
    },
  }
}

function mayWait({ maxByteLength }: OutputBound): boolean {
  return maxByteLength > MAX_SYNCHRONOUS_BYTES
}

/** One byte of room more than needed: zlib then sees the end without asking for a second buffer. */
export function inflateOptions(bound: OutputBound): zlib.ZlibOptions {
  const chunkSize = bound.isExact
    ? bound.maxByteLength + 1
    : Math.min(bound.maxByteLength + 1, UNKNOWN_SIZE_BUFFER)
  return {
    maxOutputLength: Math.max(bound.maxByteLength, 1),
    // One buffer, however large: pieces would be put together on the event loop, and take as much memory again.
    chunkSize: Math.max(chunkSize, 64),
  }
}

function refuse(name: string, cause: unknown, bound: OutputBound): never {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    return codecFailed(name, `decodes to more than the expected ${bound.maxByteLength} bytes`, {}, cause)
  }
  return codecFailed(name, cause instanceof Error ? cause.message : 'the stream is damaged', {}, cause)
}
