// Holding a store open for the time of one answer.
import type { FastifyInstance } from 'fastify'
import { type MaybePromise, settled, then } from '../memory/maybe-promise.js'
import type { StoreLease } from '../registry/stores.js'

/** Runs `use` with the store open; it is released when the answer has been sent, or has failed. */
export function withStore<T>(
  app: FastifyInstance,
  storeId: string,
  use: (lease: StoreLease) => MaybePromise<T>,
): MaybePromise<T> {
  return then(app.services.stores.lease(storeId), lease =>
    settled(
      () => use(lease),
      () => lease.release(),
    ),
  )
}
