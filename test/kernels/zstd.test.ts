// The zstd kernel against libzstd's own encoder, where its fast loops begin and end.
import * as wasmZstd from '@foxglove/wasm-zstd'
import t from 'tap'
import { withKernels } from '../../src/kernels/kernels.js'

const SLACK = 64
const MARK = 0xa5

interface Outcome {
  readonly status: number
  readonly decoded: Buffer
  /** Nothing but the output and its slack was written to. */
  readonly isClean: boolean
}

function decode(encoded: Uint8Array, capacity: number): Outcome {
  return withKernels([encoded.length, capacity, 256], ({ functions, memory, regions }) => {
    const [input, output, behind] = regions as [number, number, number]
    memory.fill(MARK, input, behind + 256)
    memory.set(encoded, input)
    const status = functions.zstdDecode(input, input + encoded.length, output, output + capacity)
    const decoded = Buffer.from(memory.subarray(output, output + Math.max(status, 0)))
    const isMarked = (from: number, to: number) => memory.subarray(from, to).every(byte => byte === MARK)
    const isClean =
      isMarked(input + encoded.length, output) &&
      isMarked(output + capacity + SLACK, behind + 256) &&
      Buffer.compare(memory.subarray(input, input + encoded.length), encoded) === 0
    return { status, decoded, isClean }
  })
}

/** The same numbers in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** Bytes that hardly repeat: the higher `skew`, the more unequal their codes are, up to 11 bits long. */
function skewedBytes(length: number, skew: number): Buffer {
  const random = randomNumbers(length * 31 + skew)
  return Buffer.from(Array.from({ length }, () => Math.floor(random() ** skew * 200)))
}

/** Runs, near and far repeats, and bytes between them. */
function repetitiveBytes(length: number, seed: number): Buffer {
  const random = randomNumbers(seed)
  const bytes: number[] = []
  while (bytes.length < length) {
    const distance = 1 + Math.floor(random() ** 4 * bytes.length)
    const from = random() < 0.5 ? bytes.length : Math.max(0, bytes.length - distance)
    const count = 1 + Math.floor(random() ** 3 * 120)
    for (let i = 0; i < count; i++) bytes.push(bytes[from + i] ?? Math.floor(random() * 256))
  }
  return Buffer.from(bytes.slice(0, length))
}

const lengths = [
  ...Array.from({ length: 330 }, (_, i) => i + 1),
  ...[1000, 1023, 1024, 1025, 4095, 16383, 16384, 16385, 131071, 131072, 131073, 300_001],
]

t.test('literals of every length and skew are what was encoded', async t => {
  await wasmZstd.isLoaded
  for (const skew of [1, 2, 4, 9, 20]) {
    const wrong = lengths.filter(length => !isRestored(skewedBytes(length, skew), 3))
    t.same(wrong, [], `skew ${skew}`)
  }
})

t.test('repeats of every length and distance are what was encoded', async t => {
  await wasmZstd.isLoaded
  for (const level of [1, 3, 9, 19]) {
    const wrong = lengths.filter(length => !isRestored(repetitiveBytes(length, length + level), level))
    t.same(wrong, [], `level ${level}`)
  }
})

function isRestored(bytes: Buffer, level: number): boolean {
  const { status, decoded, isClean } = decode(wasmZstd.compress(bytes, level), bytes.length)
  return status === bytes.length && decoded.equals(bytes) && isClean
}

t.test('damaged, cut and larger data than expected never writes beyond the slack', async t => {
  await wasmZstd.isLoaded
  for (const bytes of [skewedBytes(900, 4), skewedBytes(3000, 2), repetitiveBytes(3000, 7)]) {
    const encoded = wasmZstd.compress(bytes, 3)
    for (let at = 0; at < encoded.length; at++) {
      const changed = Buffer.from(encoded)
      changed[at]! ^= 1 << (at % 8)
      const outcomes = [decode(changed, bytes.length), decode(encoded.subarray(0, at), bytes.length)]
      if (outcomes.some(({ isClean }) => !isClean)) t.fail(`byte ${at} of ${encoded.length}`)
    }
    for (const missing of [1, 2, 15, 16, 17, 500])
      t.match(decode(encoded, bytes.length - missing), { status: -3, isClean: true })
  }
})
