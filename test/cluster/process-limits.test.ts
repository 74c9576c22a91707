import t from 'tap'
import {
  allocatorEnvironment,
  availableMemoryBytes,
  computeHeapLimitMib,
  computeMaxConnections,
  maxFileDescriptors,
} from '../../src/cluster/process-limits.js'

const MIB = 1024 * 1024

t.test('the heaps of all processes together stay below the memory there is', async t => {
  for (const [memoryMib, workers, heapMib] of [
    [256, 2, 96],
    [1024, 2, 192],
    [4096, 3, 704],
    [65_536, 4, 4096],
  ] as const) {
    t.equal(computeHeapLimitMib(memoryMib * MIB, workers), heapMib, `${memoryMib} MiB, ${workers} workers`)
  }
})

t.test('workers give large freed blocks back, unless the operator has chosen otherwise', async t => {
  t.same(allocatorEnvironment({}), { MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_TRIM_THRESHOLD_: '16777216' })
  t.same(allocatorEnvironment({ MALLOC_MMAP_THRESHOLD_: '4096' }), {})
})

t.test('connections get what files and the spare part leave, and never nothing', async t => {
  t.equal(computeMaxConnections(20_000, 256), 17_456)
  t.equal(computeMaxConnections(1024, 64), 761)
  t.equal(computeMaxConnections(100, 256), 16)
})

t.test('the limits of this process are real numbers', async t => {
  t.ok(availableMemoryBytes() > 0 && Number.isSafeInteger(availableMemoryBytes()))
  const limit = maxFileDescriptors()
  t.ok(limit === undefined || limit > 0)
  if (process.platform === 'linux') t.type(limit, 'number')
})
