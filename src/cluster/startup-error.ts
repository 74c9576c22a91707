// A start that cannot succeed for a reason the operator can see to: one line, no stack, exit code 1.

export class StartupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartupError'
  }
}
