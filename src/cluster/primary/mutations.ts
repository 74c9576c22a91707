// What a worker asks to be changed in the registry.
import { isZipzarrError } from '../../errors.js'
import type { Logger } from '../../logger.js'
import type { RegistryService } from '../../registry/catalog/registry-service.js'
import type { WorkerFleet } from '../fleet/worker-fleet.js'
import type { Mutation, MutationReply } from '../messages.js'

/** Answered when every live worker serves the change, so that no answer of any of them contradicts it. */
export async function applyMutation(
  mutation: Mutation,
  registry: RegistryService,
  { fleet, log }: { readonly fleet: WorkerFleet; readonly log: Logger },
): Promise<MutationReply> {
  try {
    const value =
      mutation.kind === 'register'
        ? await registry.register(mutation.request)
        : await registry.remove(mutation.id)
    await fleet.whenAcknowledged(registry.revision)
    return { ok: true, ...(value !== undefined && { value }) }
  } catch (error) {
    if (isZipzarrError(error)) {
      const { code, message, facts } = error
      return { ok: false, error: { code, message, facts } }
    }
    log.error({ err: error, mutation: mutation.kind }, 'registry failed')
    return { ok: false, error: { code: 'INTERNAL', message: 'the registry failed', facts: {} } }
  }
}
