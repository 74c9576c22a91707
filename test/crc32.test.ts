// The checksum functions agree, whichever of them this system uses.
import { randomBytes } from 'node:crypto'
import zlib from 'node:zlib'
import t from 'tap'
import { crc32, nativeCrc32c, tableCrc32 } from '../src/crc32.js'
import { crc32c, kernelCrc32c } from '../src/zarr/codecs/bytes-to-bytes/checksums.js'

// Check values of the CRC catalogue, for the ASCII digits 1 to 9.
const DIGITS = Buffer.from('123456789')

t.test('the check values of CRC-32 and CRC-32C', async t => {
  t.equal(crc32(DIGITS), 0xcbf43926)
  t.equal(tableCrc32(DIGITS), 0xcbf43926)
  t.equal(kernelCrc32c(DIGITS), 0xe3069283)
  t.equal((nativeCrc32c() ?? kernelCrc32c)(DIGITS), 0xe3069283)
})

t.test('all agree on every short length, also in two parts and inside a larger buffer', async t => {
  const bytes = randomBytes(600)
  for (let length = 0; length <= 300; length++) {
    const part = new Uint8Array(bytes.buffer, bytes.byteOffset + (length % 7), length)
    const whole = crc32(part)
    if (tableCrc32(part) !== whole) t.fail(`the table says otherwise of ${length} bytes`)
    if (zlib.crc32 !== undefined && zlib.crc32(part) !== whole)
      t.fail(`zlib says otherwise of ${length} bytes`)
    const middle = length >> 1
    const inParts = crc32(part.subarray(middle), crc32(part.subarray(0, middle)))
    if (inParts !== whole) t.fail(`${length} bytes in two parts`)
    if (crc32c(part) !== kernelCrc32c(part)) t.fail(`CRC-32C of ${length} bytes`)
  }
  t.equal(crc32(new Uint8Array(0)), 0)
})
