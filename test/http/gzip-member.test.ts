// DEFLATE bytes out of a ZIP entry as gzip, and what the trailer is good for.
import { Readable } from 'node:stream'
import { crc32, deflateRawSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { GZIP_OVERHEAD_BYTES, gzipPieces } from '../../src/http/gzip-member.js'

const value = Buffer.from('a value, a value, a value')

async function gzipMember(deflated: Buffer, facts: { crc32: number; byteLength: number }): Promise<Buffer> {
  const halves = [deflated.subarray(0, 3), deflated.subarray(3)]
  const pieces: Uint8Array[] = []
  for await (const piece of gzipPieces(Readable.from(halves), facts)) pieces.push(piece)
  const member = Buffer.concat(pieces)
  if (member.length !== deflated.length + GZIP_OVERHEAD_BYTES) throw new Error('of another length')
  return member
}

t.test('a gzip reader gets the value', async t => {
  const member = await gzipMember(deflateRawSync(value), {
    crc32: crc32(value),
    byteLength: value.byteLength,
  })
  t.ok(gunzipSync(member).equals(value))
  const empty = await gzipMember(deflateRawSync(''), { crc32: 0, byteLength: 0 })
  t.equal(gunzipSync(empty).byteLength, 0)
})

t.test('a gzip reader notices wrong bytes', async t => {
  const { byteLength } = value
  for (const facts of [
    { crc32: 1, byteLength },
    { crc32: crc32(value), byteLength: 1 },
  ]) {
    const member = await gzipMember(deflateRawSync(value), facts)
    t.throws(() => gunzipSync(member))
  }
})

t.test('sizes past 4 GiB are kept modulo 2^32', async t => {
  const member = await gzipMember(deflateRawSync(value), { crc32: 0, byteLength: 2 ** 32 + 5 })
  t.equal(member.readUInt32LE(member.byteLength - 4), 5)
})
