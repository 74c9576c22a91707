// A gzip member (RFC 1952) around raw DEFLATE bytes: what a ZIP entry holds is one header and eight bytes short.

const HEADER = Buffer.from([
  0x1f,
  0x8b, // ID1, ID2
  8, // CM: deflate
  0, // FLG
  0,
  0,
  0,
  0, // MTIME: none
  0, // XFL
  255, // OS: unknown
])
/** Bytes of a member beside the DEFLATE data. */
export const GZIP_OVERHEAD_BYTES = HEADER.byteLength + 8

/** A member piece by piece. `byteLength` is that of the inflated value; ISIZE holds it modulo 2^32 (RFC 1952 §2.3.1). */
export async function* gzipPieces(
  deflated: AsyncIterable<Uint8Array>,
  value: { crc32: number; byteLength: number },
): AsyncGenerator<Uint8Array> {
  yield HEADER
  yield* deflated
  const trailer = Buffer.allocUnsafe(8)
  trailer.writeUInt32LE(value.crc32 >>> 0, 0) // CRC32
  trailer.writeUInt32LE(value.byteLength % 2 ** 32, 4) // ISIZE
  yield trailer
}
