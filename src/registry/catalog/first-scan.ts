// Waiting until the archives of the first scan are indexed.
import type { StoreId } from '../../store/keys.js'
import type { Registry } from './registry.js'

/** An archive that is still being copied this long after the start no longer holds up `whenSettled`. */
const START_PATIENCE_MS = 5000
/** A change that is missed is looked for after this long. */
const LOOK_MS = 200

interface FirstScan {
  readonly registry: Registry
  /** Whether the archive of the store is being indexed right now. */
  readonly isWorkedOn: (id: StoreId) => boolean
  readonly isClosed: () => boolean
}

/** Resolved once every store that is registered now is ready, failed or gone, or has been waited for long enough. */
export async function whenIndexed({ registry, isWorkedOn, isClosed }: FirstScan): Promise<void> {
  const first = registry.list().map(record => record.id)
  const startMs = performance.now()
  const isAwaited = (id: StoreId): boolean => {
    const record = registry.get(id)
    if (record?.state !== 'indexing' || record.descriptor !== undefined) return false
    return isWorkedOn(id) || performance.now() - startMs < START_PATIENCE_MS
  }
  while (!isClosed() && first.some(isAwaited)) await nextChange(registry)
}

/** Resolved at the next change, or soon. */
async function nextChange(registry: Registry): Promise<void> {
  await new Promise<void>(resolve => {
    const done = () => {
      clearTimeout(timer)
      registry.off('change', done)
      resolve()
    }
    const timer = setTimeout(done, LOOK_MS)
    registry.on('change', done)
  })
}
