// How much memory and how many file descriptors a worker may use, computed from what the machine allows.
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'

const MIB = 1024 * 1024
/** Node's own default is about this; more heap only means longer pauses. */
const MAX_HEAP_MIB = 4096
/** A worker starts with about 30 MiB of heap; less than this and it lives in the garbage collector. */
const MIN_HEAP_MIB = 96
/** Buffers lie outside the heap limit: slabs, pooled chunks, socket buffers. */
const OFF_HEAP_MIB = 64
/** Every process would take the whole container's memory as its own limit, so each gets its part. */
const MEMORY_SHARE = 0.75

/** Standard streams, channel, event loop, listening socket, and spares. */
const OWN_FILE_DESCRIPTORS = 32
/** At the limit connections are accepted and closed without a word, so a part always stays free. */
const FILE_DESCRIPTOR_SHARE = 0.9
const MIN_CONNECTIONS = 16

/** The value of `--max-old-space-size` for each of `workers` processes, the primary counting as one more. */
export function computeHeapLimitMib(memoryBytes: number, workers: number): number {
  const share = (memoryBytes / MIB) * (MEMORY_SHARE / (workers + 1)) - OFF_HEAP_MIB
  return Math.floor(Math.min(MAX_HEAP_MIB, Math.max(MIN_HEAP_MIB, share)))
}

/** Memory of the container, or of the machine. `constrainedMemory()` is about 2^64 when there is no limit. */
export function availableMemoryBytes(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}

/**
 * Variables for a worker's memory allocator. glibc gives a freed block back to the system only above a threshold, which
 * it raises to the largest block it has seen, up to 32 MiB: a few large values would stay for good. To fix the threshold
 * also fixes the size at which the heap is trimmed, at 128 KiB, so that is set too. What the operator has set stays.
 */
export function allocatorEnvironment(given: NodeJS.ProcessEnv): Record<string, string> {
  if (given.MALLOC_MMAP_THRESHOLD_ !== undefined) return {}
  return { MALLOC_MMAP_THRESHOLD_: String(MIB), MALLOC_TRIM_THRESHOLD_: String(16 * MIB) }
}

/** Connections a worker may hold beside its open stores. A store is one descriptor, its index another. */
export function computeMaxConnections(maxFileDescriptors: number, maxOpenStores: number): number {
  const budget = maxFileDescriptors * FILE_DESCRIPTOR_SHARE - OWN_FILE_DESCRIPTORS - 2 * maxOpenStores
  return Math.max(MIN_CONNECTIONS, Math.floor(budget))
}

/** This process's soft limit on open files; undefined where the system does not say. */
export function maxFileDescriptors(): number | undefined {
  try {
    const line = readFileSync('/proc/self/limits', 'utf8')
      .split('\n')
      .find(each => each.startsWith('Max open files'))
    const limit = Number(line?.split(/\s{2,}/)[1])
    return Number.isSafeInteger(limit) ? limit : undefined
  } catch {
    // Only Linux has /proc: elsewhere nothing is known, and connections are not limited.
    return undefined
  }
}
