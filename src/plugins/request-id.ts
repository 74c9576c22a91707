// Request ids: the caller's when it is well-formed (it lands in logs and headers), else one of ours.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const WELL_FORMED = /^[\w-]{1,64}$/

/** Ids of one process: a random prefix tells processes apart, a counter makes the rest cheap. */
export function requestIdMaker(): (request: Pick<IncomingMessage, 'headers'>) => string {
  const prefix = randomBytes(6).toString('base64url')
  let made = 0
  return request => {
    const given = request.headers['x-request-id']
    if (typeof given === 'string' && WELL_FORMED.test(given)) return given
    made += 1
    return `${prefix}-${made.toString(36)}`
  }
}
