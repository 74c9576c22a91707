// Stored bytes through one of node:zlib's streams: its work is done on the thread pool, and no more is read than is
// taken.
import { pipeline, Readable, type Transform } from 'node:stream'

/** What such a stream answers at once. */
export const PIECE_BYTES = 256 * 1024

/** Ends where the coded data ends: what may follow it is not looked at. */
export async function* piecesThrough(
  decoder: Transform,
  stored: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  // A failure of either destroys the other, so it is met below.
  pipeline(Readable.from(stored), decoder, () => undefined)
  try {
    for await (const piece of decoder) yield piece as Buffer
  } finally {
    decoder.destroy()
  }
}
