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

/** What a member says of the bytes it inflates to. */
export interface InflatedFacts {
  readonly crc32: number
  readonly byteLength: number
}

/** A member piece by piece; a large one comes as several. */
export async function* gzipPieces(
  deflated: Uint8Array | AsyncIterable<Uint8Array>,
  value: InflatedFacts,
): AsyncGenerator<Uint8Array> {
  yield HEADER
  if (deflated instanceof Uint8Array) yield deflated
  else yield* deflated
  yield trailerOf(value)
}

/** A member in one buffer. */
export function gzipMember(deflated: Uint8Array, value: InflatedFacts): Buffer {
  return Buffer.concat([HEADER, deflated, trailerOf(value)])
}

/** ISIZE holds the length modulo 2^32 (RFC 1952 §2.3.1). */
function trailerOf(value: InflatedFacts): Buffer {
  const trailer = Buffer.allocUnsafe(8)
  trailer.writeUInt32LE(value.crc32 >>> 0, 0) // CRC32
  trailer.writeUInt32LE(value.byteLength % 2 ** 32, 4) // ISIZE
  return trailer
}
