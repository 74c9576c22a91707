// The checksum functions of the checksum codecs. Pure; each over a whole buffer.
import { crc32, nativeCrc32c } from '../../../crc32.js'
import { withKernels } from '../../../kernels/kernels.js'

export { crc32 }

/** CRC-32C (Castagnoli). */
export function crc32c(bytes: Uint8Array): number {
  return (nativeCrc32c() ?? kernelCrc32c)(bytes)
}

export function kernelCrc32c(bytes: Uint8Array): number {
  return withKernels([bytes.length], ({ functions, memory, regions: [input] }) => {
    memory.set(bytes, input)
    return functions.crc32c(input, input + bytes.length) >>> 0
  })
}

/** Largest run whose sums stay exact before the modulo (RFC 1950, zlib's NMAX). */
const ADLER_RUN = 5552
const ADLER_MODULUS = 65_521

export function adler32(bytes: Uint8Array): number {
  let a = 1
  let b = 0
  for (let start = 0; start < bytes.length; start += ADLER_RUN) {
    const end = Math.min(start + ADLER_RUN, bytes.length)
    for (let i = start; i < end; i++) {
      a += bytes[i]
      b += a
    }
    a %= ADLER_MODULUS
    b %= ADLER_MODULUS
  }
  return ((b << 16) | a) >>> 0
}

/** Words summed before the carries are folded in (H5checksum.c). */
const FLETCHER_RUN = 360

/** HDF5's Fletcher-32: sums of big-endian 16-bit words, an odd last byte counts as the high one. */
export function fletcher32(bytes: Uint8Array): number {
  let sum1 = 0
  let sum2 = 0
  const wordsEnd = bytes.length - (bytes.length % 2)
  for (let start = 0; start < wordsEnd; start += 2 * FLETCHER_RUN) {
    const end = Math.min(start + 2 * FLETCHER_RUN, wordsEnd)
    for (let i = start; i < end; i += 2) {
      sum1 += (bytes[i] << 8) | bytes[i + 1]
      sum2 += sum1
    }
    sum1 = fold(sum1)
    sum2 = fold(sum2)
  }
  if (wordsEnd < bytes.length) {
    sum1 = sum1 + (bytes[wordsEnd] << 8)
    sum2 = fold(sum2 + sum1)
    sum1 = fold(sum1)
  }
  return ((fold(sum2) << 16) | fold(sum1)) >>> 0
}

function fold(sum: number): number {
  return (sum & 0xffff) + (sum >>> 16)
}

/** Bob Jenkins' lookup3 `hashlittle`, as in HDF5. */
export function jenkinsLookup3(bytes: Uint8Array, initialValue: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const seed = (0xdeadbeef + bytes.length + initialValue) | 0
  const state: State = [seed, seed, seed]
  let at = 0
  for (; bytes.length - at > 12; at += 12) {
    addWords(state, view, at)
    mix(state)
  }
  if (bytes.length === at) return state[2] >>> 0
  const tail = new Uint8Array(12)
  tail.set(bytes.subarray(at))
  addWords(state, new DataView(tail.buffer), 0)
  mixFinally(state)
  return state[2] >>> 0
}

type State = [a: number, b: number, c: number]

function addWords(state: State, view: DataView, at: number): void {
  state[0] = (state[0] + view.getUint32(at, true)) | 0
  state[1] = (state[1] + view.getUint32(at + 4, true)) | 0
  state[2] = (state[2] + view.getUint32(at + 8, true)) | 0
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function mix(state: State): void {
  let [a, b, c] = state
  a = ((a - c) ^ rotate(c, 4)) | 0
  c = (c + b) | 0
  b = ((b - a) ^ rotate(a, 6)) | 0
  a = (a + c) | 0
  c = ((c - b) ^ rotate(b, 8)) | 0
  b = (b + a) | 0
  a = ((a - c) ^ rotate(c, 16)) | 0
  c = (c + b) | 0
  b = ((b - a) ^ rotate(a, 19)) | 0
  a = (a + c) | 0
  c = ((c - b) ^ rotate(b, 4)) | 0
  b = (b + a) | 0
  state[0] = a
  state[1] = b
  state[2] = c
}

function mixFinally(state: State): void {
  let [a, b, c] = state
  c = ((c ^ b) - rotate(b, 14)) | 0
  a = ((a ^ c) - rotate(c, 11)) | 0
  b = ((b ^ a) - rotate(a, 25)) | 0
  c = ((c ^ b) - rotate(b, 16)) | 0
  a = ((a ^ c) - rotate(c, 4)) | 0
  b = ((b ^ a) - rotate(a, 14)) | 0
  c = ((c ^ b) - rotate(b, 24)) | 0
  state[0] = a
  state[1] = b
  state[2] = c
}
