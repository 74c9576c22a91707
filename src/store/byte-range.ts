// Which bytes of a value a range names. Pure; the HTTP layer has its own parser of Range headers before it.
import { ZipzarrError } from '../errors.js'
import type { ByteRange } from './store.js'

/** The part of a value that a range names, clamped to it. @throws ZipzarrError BAD_REQUEST for what is no range */
export function clampRange(range: ByteRange, byteLength: number): { from: number; length: number } {
  if ('suffixLength' in range) {
    const length = Math.min(requireCount(range.suffixLength, 'suffixLength'), byteLength)
    return { from: byteLength - length, length }
  }
  const from = Math.min(requireCount(range.byteOffset, 'byteOffset'), byteLength)
  const wanted = range.byteLength === undefined ? byteLength : requireCount(range.byteLength, 'byteLength')
  return { from, length: Math.min(wanted, byteLength - from) }
}

function requireCount(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new ZipzarrError('BAD_REQUEST', `${name} of a byte range is ${value}, expected a whole number from 0`)
}
