import t from 'tap'
import {
  copyOut,
  isKernelMemory,
  kernelMemoryBytes,
  uninitialized,
  withKernels,
  withScratch,
} from '../../src/kernels/kernels.js'

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
        const bytes = copyOut(memory, output, uninitialized(length))
        t.equal(Buffer.compare(bytes, items), 0, `bytes ${itemSize} x ${count}`)
        memory.set(bitShuffled(items, itemSize), input)
        functions.bitUnshuffle(input, output, planes, itemSize, count)
        const bits = copyOut(memory, output, uninitialized(length))
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

t.test('scratch and regions leave each other alone', async t => {
  withScratch(lend => {
    const first = lend(100_000).fill(1)
    const second = lend(5).fill(2)
    t.ok(isKernelMemory(first) && isKernelMemory(second))
    withKernels([1_000_000, 77], ({ memory, regions: [one, other] }) => {
      memory.fill(3, one, one + 1_000_000)
      memory.fill(4, other, other + 77)
      const inner = lend(300).fill(5)
      withKernels([64], ({ memory, regions: [region] }) => memory.fill(6, region, region + 64))
      t.ok(inner.every(byte => byte === 5))
    })
    t.ok(first.every(byte => byte === 1) && second.every(byte => byte === 2))
  })
})

t.test('kernels that need more than is left beside scratch work elsewhere, and scratch stays', async t => {
  withScratch(lend => {
    const kept = lend(1000).fill(7)
    withKernels([80 * 2 ** 20], ({ memory, regions: [region] }) => {
      t.not(memory.buffer, kept.buffer)
      memory.fill(8, region, region + 4096)
    })
    t.ok(isKernelMemory(kept) && kept.every(byte => byte === 7))
    t.throws(() => withKernels([2 ** 40], () => undefined), { code: 'CODEC_FAILED' })
    t.ok(kept.every(byte => byte === 7))
  })
})

t.test('scratch beyond its bound is ordinary memory, and all of it is free again afterwards', async t => {
  const addresses = [1, 2].map(() =>
    withScratch(lend => {
      const { byteOffset } = lend(2 ** 20)
      t.notOk(isKernelMemory(lend(40 * 2 ** 20)))
      t.ok(isKernelMemory(lend(20 * 2 ** 20)))
      t.notOk(isKernelMemory(lend(20 * 2 ** 20)), 'two of them are too many')
      return byteOffset
    }),
  )
  t.equal(addresses[0], addresses[1])
  t.throws(() =>
    withScratch(lend => {
      lend(2 ** 20)
      throw new Error('in use')
    }),
  )
  t.equal(
    withScratch(lend => lend(2 ** 20).byteOffset),
    addresses[0],
    'after a failure too',
  )
})
