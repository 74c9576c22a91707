// The errors codecs raise. Every one carries the fact `codec`, so that a client can see which step failed.
import { ZipzarrError } from '../../../errors.js'

type Facts = Record<string, unknown>

/** The bytes are not what this codec could have written. */
export function codecFailed(codec: string, text: string, facts: Facts = {}, cause?: unknown): never {
  throw new ZipzarrError('CODEC_FAILED', `codec "${codec}": ${text}`, { facts: { codec, ...facts }, cause })
}

export function checksumMismatch(codec: string, stored: number, computed: number): never {
  throw new ZipzarrError(
    'CHECKSUM_MISMATCH',
    `codec "${codec}": the stored checksum is ${hexadecimal(stored)}, the bytes have ${hexadecimal(computed)}`,
    { facts: { codec, stored: hexadecimal(stored), computed: hexadecimal(computed) } },
  )
}

/** The codec is known, but not in this configuration or place; or not known at all. */
export function codecUnsupported(codec: string, text: string, facts: Facts = {}): never {
  throw new ZipzarrError('CODEC_UNSUPPORTED', `codec "${codec}": ${text}`, { facts: { codec, ...facts } })
}

/** The metadata configures the codec in a way that cannot be. */
export function codecMisconfigured(codec: string, text: string, facts: Facts = {}): never {
  throw new ZipzarrError('METADATA_INVALID', `codec "${codec}": ${text}`, { facts: { codec, ...facts } })
}

function hexadecimal(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, '0')}`
}
