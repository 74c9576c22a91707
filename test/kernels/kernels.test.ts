import t from 'tap'
import { copyOut, kernelMemoryBytes, uninitialized, withKernels } from '../../src/kernels/kernels.js'

function shuffled(items: Uint8Array, itemSize: number): Uint8Array {
  const count = items.length / itemSize
  return Uint8Array.from(items, (_, at) => items[(at % count) * itemSize + Math.floor(at / count)])
}

function bitShuffled(items: Uint8Array, itemSize: number): Uint8Array {
  const count = items.length / itemSize
  const result = new Uint8Array(items.length)
  for (let item = 0; item < count; item++) {
    for (let bit = 0; bit < itemSize * 8; bit++) {
      const value = (items[item * itemSize + (bit >> 3)] >> (bit & 7)) & 1
      result[bit * (count / 8) + (item >> 3)] |= value << (item & 7)
    }
  }
  return result
}

t.test('shuffles of every item size are undone, with and without a rest for SIMD', async t => {
  for (let itemSize = 1; itemSize <= 20; itemSize++) {
    for (const count of [8, 16, 24, 120, 128, 136, 1000]) {
      const items = Uint8Array.from({ length: itemSize * count }, (_, i) => (i * 2654435761) >>> 13)
      const { length } = items
      withKernels([length, length, length], ({ functions, memory, regions: [input, output, planes] }) => {
        memory.set(shuffled(items, itemSize), input)
        functions.unshuffle(input, output, itemSize, count)
        const bytes = copyOut(memory, { byteOffset: output, byteLength: length }, { allocate: uninitialized })
        t.equal(Buffer.compare(bytes, items), 0, `bytes ${itemSize} x ${count}`)
        memory.set(bitShuffled(items, itemSize), input)
        functions.bitUnshuffle(input, output, planes, itemSize, count)
        const bits = copyOut(memory, { byteOffset: output, byteLength: length }, { allocate: uninitialized })
        t.equal(Buffer.compare(bits, items), 0, `bits ${itemSize} x ${count}`)
      })
    }
  }
})

t.test('checksums of the standards', async t => {
  const digits = Buffer.from('123456789')
  withKernels([digits.length], ({ functions, memory, regions: [input] }) => {
    memory.set(digits, input)
    t.equal(functions.crc32c(input, input + 9) >>> 0, 0xe3069283)
    t.equal(BigInt.asUintN(64, functions.crc64(input, input + 9)), 0x995dc9bbdf1939fan)
    t.equal(functions.crc32c(input, input) >>> 0, 0)
  })
})

t.test('regions do not overlap and have room after them', async t => {
  withKernels([0, 1, 64, 1000, 0], ({ memory, regions }) => {
    const lengths = [0, 1, 64, 1000, 0]
    for (const [i, region] of regions.entries()) {
      const next = regions[i + 1] ?? memory.length
      t.equal(next - region >= lengths[i] + 64, true)
    }
  })
})

t.test('memory grows for a huge chunk and is given back after it', async t => {
  withKernels([100 * 2 ** 20], ({ memory, regions: [region] }) => {
    t.equal(memory.length >= 100 * 2 ** 20, true)
    memory.fill(0xee, region, region + 4096)
  })
  t.equal(kernelMemoryBytes(), 0)
  withKernels([10], () => undefined)
  t.equal(kernelMemoryBytes() < 2 ** 20, true)
})

t.test('more memory than the kernels can have is refused', async t => {
  for (const byteLength of [2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY]) {
    t.throws(() => withKernels([byteLength], () => undefined), { code: 'CODEC_FAILED' })
  }
  t.equal(kernelMemoryBytes() < 2 ** 20, true)
})
