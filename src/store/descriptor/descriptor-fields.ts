// The field checks a store descriptor is made of: exact type, one canonical form, nothing unknown. They know
// values and field names, nothing of what a field means.
import { ZipzarrError } from '../../errors.js'

/** Longest part of a refused value that a message repeats. */
const MAX_SHOWN_LENGTH = 80

/** Answers the checked value, or throws naming `where`. */
export type FieldCheck = (value: unknown, where: string) => unknown

/** An object of exactly these fields, as a frozen copy in this order. */
export function objectOf(fields: Record<string, FieldCheck>): FieldCheck {
  return (value, where) => {
    if (!isRecord(value)) throw invalid(where, 'an object', value)
    const inside = (name: string) => (where === 'descriptor' ? name : `${where}.${name}`)
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(fields, name)) throw invalid(inside(name.slice(0, 64)), 'no such field', value[name])
    }
    const checked: Record<string, unknown> = {}
    for (const [name, check] of Object.entries(fields)) {
      if (!Object.hasOwn(value, name)) throw invalid(inside(name), 'to be present', undefined)
      checked[name] = check(value[name], inside(name))
    }
    return Object.freeze(checked)
  }
}

export function oneOf(...allowed: readonly unknown[]): FieldCheck {
  return (value, where) => {
    if (!allowed.includes(value)) throw invalid(where, allowed.map(show).join(' or '), value)
    return value
  }
}

export function orNull(check: FieldCheck): FieldCheck {
  return (value, where) => (value === null ? null : check(value, where))
}

export function integerIn(min: number, max: number): FieldCheck {
  return (value, where) => {
    // -0 would come back as 0 from JSON: not the same descriptor.
    const isCanonical = Number.isSafeInteger(value) && !Object.is(value, -0)
    if (!isCanonical || (value as number) < min || (value as number) > max) {
      throw invalid(where, `an integer from ${min} to ${max}`, value)
    }
    return value
  }
}

/** A string in which `problem` finds nothing wrong. */
export function stringThat(problem: (text: string) => string | undefined): FieldCheck {
  return (value, where) => {
    if (typeof value !== 'string') throw invalid(where, 'a string', value)
    const found = problem(value)
    if (found !== undefined) throw invalid(where, 'its canonical form', value, found)
    return value
  }
}

export function matching(pattern: RegExp, form: string): (text: string) => string | undefined {
  return text => (pattern.test(text) ? undefined : `it is not ${form}`)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value as a message may show it: short, and never walking into it (it may be circular). */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text
}

export function invalid(where: string, expected: string, found: unknown, why?: string): ZipzarrError {
  const reason = why === undefined ? '' : ` (${why})`
  return new ZipzarrError(
    'DESCRIPTOR_INVALID',
    `store descriptor: expected ${where}: ${expected}, found ${show(found)}${reason}`,
    { facts: { field: where } },
  )
}
