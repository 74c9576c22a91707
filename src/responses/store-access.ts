// Holding a store open for the time of one answer.
import type { FastifyInstance } from 'fastify'
import type { StoreLease } from '../registry/stores.js'

/** Runs `use` with the store open; it is released when the answer has been sent, or has failed. */
export async function withStore<T>(
  app: FastifyInstance,
  storeId: string,
  use: (lease: StoreLease) => Promise<T>,
): Promise<T> {
  const { stores } = app.services
  const lease = stores.leaseNow(storeId) ?? (await stores.lease(storeId))
  try {
    return await use(lease)
  } finally {
    lease.release()
  }
}
