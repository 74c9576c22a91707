// What a piece of code failed with, for tables of refusals.
import { isZipzarrError } from '../../src/errors.js'

/** The code of the ZipzarrError that `run` throws; 'none' when it throws nothing. Other errors pass through. */
export function codeOf(run: () => unknown): string {
  return failureOf(run)?.code ?? 'none'
}

export function failureOf(run: () => unknown): { code: string; message: string; facts: object } | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (!isZipzarrError(error)) throw error
    return { code: error.code, message: error.message, facts: error.facts }
  }
}

export async function failureOfAsync(
  run: () => Promise<unknown>,
): Promise<{ code: string; message: string } | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    if (!isZipzarrError(error)) throw error
    return { code: error.code, message: error.message }
  }
}
