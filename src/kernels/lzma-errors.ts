// The errors of LZMA data wherever it lies, in a chunk or in an entry of an archive.
import { ZipzarrError } from '../errors.js'

const FACTS = { codec: 'lzma' }

/** @throws ZipzarrError CODEC_FAILED */
export function lzmaFailed(text: string): never {
  throw new ZipzarrError('CODEC_FAILED', `codec "lzma": ${text}`, { facts: FACTS })
}

/** @throws ZipzarrError CODEC_UNSUPPORTED */
export function lzmaUnsupported(text: string): never {
  throw new ZipzarrError('CODEC_UNSUPPORTED', `codec "lzma": ${text}`, { facts: FACTS })
}

/** @throws ZipzarrError CHECKSUM_MISMATCH */
export function lzmaMismatch(check: string): never {
  throw new ZipzarrError('CHECKSUM_MISMATCH', `codec "lzma": a block does not have its ${check} check`, {
    facts: FACTS,
  })
}
