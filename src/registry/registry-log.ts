// What the registry says while it works. pino's logger fits; the registry itself knows no logger.

export interface RegistryLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

/** Lines of one message in a row of the same kind of events; what comes after is only counted. */
const MAX_LINES = 8

interface Repeated {
  readonly level: keyof RegistryLog
  count: number
}

/** A log in which two thousand archives that come, go or fail at once are a few lines and a number. */
export class BriefLog implements RegistryLog {
  readonly #log: RegistryLog
  readonly #repeated = new Map<string, Repeated>()

  constructor(log: RegistryLog) {
    this.#log = log
  }

  info(facts: object, message: string): void {
    this.#write('info', facts, message)
  }

  warn(facts: object, message: string): void {
    this.#write('warn', facts, message)
  }

  /** What was only counted is told: nothing more of it is under way. */
  flush(): void {
    for (const [message, { level, count }] of this.#repeated) {
      const more = count - MAX_LINES
      if (more > 0) this.#log[level]({ more }, `${message}: and ${more} more`)
    }
    this.#repeated.clear()
  }

  #write(level: keyof RegistryLog, facts: object, message: string): void {
    const repeated = this.#repeated.get(message) ?? { level, count: 0 }
    repeated.count++
    this.#repeated.set(message, repeated)
    if (repeated.count <= MAX_LINES) this.#log[level](facts, message)
  }
}
