// Methods 14, LZMA (CPython's zipfile writes it), and 95, XZ (7-Zip and libzip do).
import { decodeLzmaStream, decodeXz } from '../../kernels/lzma.js'
import { lzmaFailed } from '../../kernels/lzma-errors.js'
import { MAX_WASM_BYTES, type Method } from './method.js'

/** APPNOTE 5.8.8: LZMA version (2 bytes), size of the properties (u16le), the properties: a byte, dictionary size. */
const PROPERTIES_AT = 4
const PROPERTIES_BYTES = 5

export const lzma: Method = {
  name: 'LZMA',
  maxByteLength: MAX_WASM_BYTES,
  async inflate(stored, byteLength) {
    if (stored.length < PROPERTIES_AT + PROPERTIES_BYTES) return lzmaFailed('its header is cut short')
    const propertiesLength = stored.readUInt16LE(2)
    if (propertiesLength !== PROPERTIES_BYTES)
      return lzmaFailed(`its header says ${propertiesLength} bytes of properties`)
    // Bit 1 of the flags says whether an end marker follows; the declared length ends the value either way.
    const value = decodeLzmaStream(stored.subarray(PROPERTIES_AT + PROPERTIES_BYTES), {
      properties: stored[PROPERTIES_AT]!,
      ending: 2,
      capacity: byteLength,
    })
    return bufferOf(value ?? lzmaFailed('the stream is damaged'))
  },
}

export const xz: Method = {
  name: 'XZ',
  maxByteLength: MAX_WASM_BYTES,
  async inflate(stored, byteLength) {
    return bufferOf(
      decodeXz(stored, total => {
        if (total !== byteLength) lzmaFailed(`it decodes to ${total} bytes, ${byteLength} are declared`)
      }),
    )
  },
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
