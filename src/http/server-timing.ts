// The Server-Timing header: where the time of one answer went, for browsers' network panels and for curl.

/** Phases an answer is made of. */
export type Phase = 'lookup' | 'read' | 'decode' | 'encode'

export class ServerTiming {
  #since = performance.now()
  #text = ''

  /** Ends the phase that ran since the last mark, or since construction. */
  mark(phase: Phase): this {
    const now = performance.now()
    const milliseconds = (now - this.#since).toFixed(2)
    this.#text += this.#text === '' ? `${phase};dur=${milliseconds}` : `, ${phase};dur=${milliseconds}`
    this.#since = now
    return this
  }

  /** The header's value. */
  get value(): string {
    return this.#text
  }
}
