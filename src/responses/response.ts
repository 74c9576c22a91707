// An answer before it is sent: all but the socket.
import type { ServerTiming } from '../http/server-timing.js'

export interface Response {
  readonly status: number
  /** Name, value, name, value …: all but the length and what every answer carries. */
  readonly head: readonly string[]
  /** Of the body, or of the one that a GET would have: sent as Content-Length. Undefined: not known before. */
  readonly byteLength?: number | undefined
  /** Absent: an answer without a body. */
  readonly body?: WholeBody | BodyInPieces
}

/** A body that is all there. */
export interface WholeBody {
  readonly bytes: Uint8Array
  /** Called when the socket has taken the bytes: their memory may be reused from then on. */
  readonly release?: (() => void) | undefined
  /** Called when the answer is over, however it ended. */
  readonly onClose?: (() => void) | undefined
}

/** A body that is made while it is sent, in bounded memory. Its length is checked, where it is known. */
export interface BodyInPieces {
  readonly pieces: AsyncIterable<Uint8Array>
  /** Called when the socket has taken a piece: its memory may be reused from then on. */
  readonly release?: (piece: Uint8Array) => void
  /** Asked before each piece: whether the next one may be made while the socket takes it. Absent: no. */
  readonly mayReadAhead?: () => boolean
  /** Of the work so far; reading the first pieces is added. */
  readonly timing?: ServerTiming
}
