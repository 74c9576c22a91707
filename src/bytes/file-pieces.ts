// One read of the system each, and its failures in our words.
import { read, readSync } from 'node:fs'
import { type ErrorCode, ZipzarrError } from '../errors.js'

/** Linux moves at most 2^31 - 4096 bytes in one read; larger reads are made in pieces. */
const MAX_PIECE_BYTES = 1 << 30

export function pieceLength(target: Buffer, done: number): number {
  return Math.min(target.length - done, MAX_PIECE_BYTES)
}

export function readPiece(...part: [fd: number, target: Buffer, at: number, length: number, offset: number]) {
  return new Promise<number>((resolve, reject) => {
    read(...part, (cause, count) => {
      if (cause === null) resolve(count)
      else reject(ioError('READ_FAILED', 'the read failed', cause))
    })
  })
}

export function readPieceSync(
  ...part: [fd: number, target: Buffer, at: number, length: number, offset: number]
) {
  try {
    return readSync(...part)
  } catch (cause) {
    throw ioError('READ_FAILED', 'the read failed', cause)
  }
}

/** The system's message names the path; ours names only its code, the rest stays in `cause` for the log. */
export function ioError(code: ErrorCode, what: string, cause: unknown): ZipzarrError {
  const errno = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
  return new ZipzarrError(code, `${what} (${errno})`, { cause })
}
