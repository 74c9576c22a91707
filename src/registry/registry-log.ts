// What the registry says while it works. pino's logger fits; the registry itself knows no logger.

export interface RegistryLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}
