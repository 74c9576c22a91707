// Reads codec configurations: every member checked for type and range, absence and null alike.
import type { Json, JsonObject } from '../../metadata/metadata.js'
import { codecMisconfigured } from './failures.js'

/** A codec's configuration together with its name, for errors that say whose it is. */
export interface Configuration {
  readonly codec: string
  readonly members: JsonObject
}

/** The member, or undefined when it is absent or null. */
export function member(configuration: Configuration, name: string): Json | undefined {
  return configuration.members[name] ?? undefined
}

export function integer(configuration: Configuration, name: string, fallback: number): number {
  const value = member(configuration, name)
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    return wrong(configuration, name, 'a whole number', value)
  }
  return value
}

/** A finite number; integers beyond 2^53 are rounded as Python's division does. */
export function number(configuration: Configuration, name: string): number {
  const value = member(configuration, name)
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'number' || !Number.isFinite(value))
    return wrong(configuration, name, 'a number', value)
  return value
}

export function boolean(configuration: Configuration, name: string, fallback: boolean): boolean {
  const value = member(configuration, name)
  if (value === undefined) return fallback
  return typeof value === 'boolean' ? value : wrong(configuration, name, 'true or false', value)
}

/** One of `choices`; the first is meant when the member is absent. */
export function choice<T extends string>(
  configuration: Configuration,
  name: string,
  choices: readonly [T, ...T[]],
): T {
  const value = member(configuration, name)
  if (value === undefined) return choices[0]
  const found = choices.find(one => one === value)
  return found ?? wrong(configuration, name, `one of ${choices.join(', ')}`, value)
}

/** A list of whole numbers >= `least`. */
export function integers(configuration: Configuration, name: string, least: number): number[] {
  const value = member(configuration, name)
  if (!Array.isArray(value)) return wrong(configuration, name, 'a list of whole numbers', value)
  return value.map(one => {
    if (typeof one !== 'number' || !Number.isSafeInteger(one) || one < least) {
      return wrong(configuration, name, `a list of whole numbers not below ${least}`, value)
    }
    return one
  })
}

export function wrong(
  configuration: Configuration,
  name: string,
  expected: string,
  found: Json | undefined,
): never {
  const shown = typeof found === 'bigint' ? String(found) : (JSON.stringify(found) ?? 'nothing')
  return codecMisconfigured(
    configuration.codec,
    `"${name}" must be ${expected}, found ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`,
    { member: name },
  )
}
