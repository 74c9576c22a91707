// DEFLATE bytes out of a ZIP entry as gzip, and what the trailer is good for.
import { crc32, deflateRawSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { gzipMember } from '../../src/http/gzip-member.js'

const value = Buffer.from('a value, a value, a value')

t.test('a gzip reader gets the value', async t => {
  const member = gzipMember(deflateRawSync(value), { crc32: crc32(value), byteLength: value.byteLength })
  t.ok(gunzipSync(member).equals(value))
  const empty = gzipMember(deflateRawSync(''), { crc32: 0, byteLength: 0 })
  t.equal(gunzipSync(empty).byteLength, 0)
})

t.test('a gzip reader notices wrong bytes', async t => {
  t.throws(() => gunzipSync(gzipMember(deflateRawSync(value), { crc32: 1, byteLength: value.byteLength })))
  t.throws(() => gunzipSync(gzipMember(deflateRawSync(value), { crc32: crc32(value), byteLength: 1 })))
})

t.test('sizes past 4 GiB are kept modulo 2^32', async t => {
  const member = gzipMember(deflateRawSync(value), { crc32: 0, byteLength: 2 ** 32 + 5 })
  t.equal(member.readUInt32LE(member.byteLength - 4), 5)
})
