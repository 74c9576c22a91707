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
const TRAILER_BYTES = 8

/** `byteLength` is that of the inflated value; ISIZE holds it modulo 2^32 (RFC 1952 §2.3.1). */
export function gzipMember(deflated: Uint8Array, value: { crc32: number; byteLength: number }): Buffer {
  const member = Buffer.allocUnsafe(HEADER.byteLength + deflated.byteLength + TRAILER_BYTES)
  HEADER.copy(member)
  member.set(deflated, HEADER.byteLength)
  const trailer = HEADER.byteLength + deflated.byteLength
  member.writeUInt32LE(value.crc32 >>> 0, trailer) // CRC32
  member.writeUInt32LE(value.byteLength % 2 ** 32, trailer + 4) // ISIZE
  return member
}
