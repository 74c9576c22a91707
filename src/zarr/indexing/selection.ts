// Selections as clients write them: `5, 2:7:2, ..., [0,4,9]`. Text or JSON in, parts out; what they mean for a
// shape is resolved in resolved-selection.ts. The scanner is linear: no regular expression sees client text.
import { ZipzarrError } from '../../errors.js'

/** One part of a selection, not yet resolved against a dimension. */
export type SelectionPart =
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly start?: number; readonly stop?: number; readonly step?: number }
  | { readonly kind: 'list'; readonly indices: readonly number[] }
  | { readonly kind: 'ellipsis' }

/** Longest selection text accepted in a URL; a JSON body carries longer ones as arrays. */
export const MAX_SELECTION_LENGTH = 4096
export const MAX_DIMENSIONS = 32
/** Entries of one index list, from text or JSON. */
export const MAX_LIST_LENGTH = 65_536
/** More digits than this cannot be a safe integer. */
const MAX_DIGITS = 15

/**
 * Parses NumPy's basic indexing plus index lists; `''` (and a missing text) selects everything.
 * @throws ZipzarrError INVALID_SELECTION
 */
export function parseSelection(text: string | undefined): SelectionPart[] {
  if (text === undefined) return []
  if (text.length > MAX_SELECTION_LENGTH) {
    throw invalid(`it has ${text.length} characters, at most ${MAX_SELECTION_LENGTH} are allowed`)
  }
  return new SelectionScanner(text).parts()
}

/**
 * The same from a JSON body: a text, or an array with one entry per dimension. An entry is an integer, a text
 * (`"2:7"`, `"..."`), an array of integers, or an object with `start`, `stop` and `step`.
 * @throws ZipzarrError INVALID_SELECTION
 */
export function parseSelectionJson(value: unknown): SelectionPart[] {
  if (value === undefined || value === null) return []
  if (typeof value === 'string') return parseSelection(value)
  if (!Array.isArray(value)) throw invalid('expected a text or an array with one entry per dimension')
  if (value.length > MAX_DIMENSIONS + 1) throw tooManyParts()
  return checkParts(value.map(partFromJson))
}

function partFromJson(value: unknown, position: number): SelectionPart {
  if (typeof value === 'number') return { kind: 'index', index: integerFromJson(value, position) }
  if (typeof value === 'string') {
    const parts = parseSelection(value)
    if (parts.length !== 1) throw invalid(`entry ${position} must be exactly one part, found ${parts.length}`)
    return parts[0]
  }
  if (Array.isArray(value)) {
    if (value.length > MAX_LIST_LENGTH) throw listTooLong()
    return { kind: 'list', indices: value.map(item => integerFromJson(item, position)) }
  }
  if (typeof value === 'object' && value !== null) return sliceFromJson(value, position)
  throw invalid(`entry ${position} must be an integer, a text, an array of integers or a slice object`)
}

function sliceFromJson(value: object, position: number): SelectionPart {
  const bounds: { start?: number; stop?: number; step?: number } = {}
  for (const [name, bound] of Object.entries(value)) {
    if (name !== 'start' && name !== 'stop' && name !== 'step') {
      throw invalid(`entry ${position} has an unknown member; a slice has start, stop and step`)
    }
    if (bound !== null && bound !== undefined) bounds[name] = integerFromJson(bound, position)
  }
  if (bounds.step === 0) throw invalid(`the step of entry ${position} is zero`)
  return { kind: 'slice', ...bounds }
}

function integerFromJson(value: unknown, position: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw invalid(`entry ${position} holds something that is not an integer`)
  }
  return value === 0 ? 0 : value
}

function checkParts(parts: SelectionPart[]): SelectionPart[] {
  const ellipses = parts.filter(part => part.kind === 'ellipsis').length
  if (ellipses > 1) throw invalid('"..." may stand only once')
  if (parts.length - ellipses > MAX_DIMENSIONS) throw tooManyParts()
  return parts
}

const COMMA = 0x2c
const COLON = 0x3a
const DOT = 0x2e
const MINUS = 0x2d
const OPEN = 0x5b
const CLOSE = 0x5d

/** One pass from left to right; every method leaves `position` behind what it took. */
class SelectionScanner {
  readonly text: string
  position = 0

  constructor(text: string) {
    this.text = text
  }

  parts(): SelectionPart[] {
    this.skipSpace()
    if (this.isAtEnd()) return []
    const parts = [this.part()]
    while (this.take(COMMA)) {
      if (parts.length > MAX_DIMENSIONS) throw tooManyParts()
      parts.push(this.part())
    }
    if (!this.isAtEnd()) throw this.unexpected('"," or the end')
    return checkParts(parts)
  }

  part(): SelectionPart {
    this.skipSpace()
    const part = this.barePart()
    this.skipSpace()
    return part
  }

  barePart(): SelectionPart {
    if (this.take(OPEN)) return this.list()
    if (this.take(DOT)) {
      if (!(this.take(DOT) && this.take(DOT))) throw this.unexpected('"..."')
      return { kind: 'ellipsis' }
    }
    const start = this.optionalInteger()
    if (this.take(COLON)) return this.slice(start)
    if (start === undefined) throw this.unexpected('an integer, a slice, "[" or "..."')
    return { kind: 'index', index: start }
  }

  /** After `start:` */
  slice(start: number | undefined): SelectionPart {
    const stop = this.optionalInteger()
    const step = this.take(COLON) ? this.step() : undefined
    return {
      kind: 'slice',
      ...(start === undefined ? {} : { start }),
      ...(stop === undefined ? {} : { stop }),
      ...(step === undefined ? {} : { step }),
    }
  }

  step(): number | undefined {
    const step = this.optionalInteger()
    if (step === 0) throw invalid('a step is zero')
    if (step === undefined && isLetter(this.unit())) {
      throw invalid(
        `reductions such as "::mean(4)" are not supported; expected a step at character ${this.position}`,
      )
    }
    return step
  }

  /** After `[` */
  list(): SelectionPart {
    const indices: number[] = []
    this.skipSpace()
    if (this.take(CLOSE)) return { kind: 'list', indices }
    do {
      if (indices.length === MAX_LIST_LENGTH) throw listTooLong()
      const index = this.optionalInteger()
      if (index === undefined) throw this.unexpected('an integer')
      indices.push(index)
    } while (this.take(COMMA))
    if (!this.take(CLOSE)) throw this.unexpected('"," or "]"')
    return { kind: 'list', indices }
  }

  /** Decimal digits with an optional minus; surrounding white space is skipped. */
  optionalInteger(): number | undefined {
    this.skipSpace()
    const isNegative = this.take(MINUS)
    const from = this.position
    let value = 0
    for (let unit = this.unit(); unit >= 0x30 && unit <= 0x39; unit = this.unit()) {
      value = value * 10 + (unit - 0x30)
      this.position++
      if (this.position - from > MAX_DIGITS) throw invalid(`an integer has more than ${MAX_DIGITS} digits`)
    }
    if (this.position === from) {
      if (isNegative) throw this.unexpected('digits')
      return undefined
    }
    this.skipSpace()
    return isNegative && value !== 0 ? -value : value
  }

  take(unit: number): boolean {
    if (this.unit() !== unit) return false
    this.position++
    return true
  }

  skipSpace(): void {
    while (this.unit() === 0x20 || this.unit() === 0x09) this.position++
  }

  /** The code unit at the position; -1 at the end. */
  unit(): number {
    return this.position < this.text.length ? this.text.charCodeAt(this.position) : -1
  }

  isAtEnd(): boolean {
    return this.position === this.text.length
  }

  unexpected(expected: string): ZipzarrError {
    const found = this.isAtEnd() ? 'the end' : JSON.stringify(this.text[this.position])
    return invalid(`expected ${expected} at character ${this.position}, found ${found}`)
  }
}

function isLetter(unit: number): boolean {
  return (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a)
}

function tooManyParts(): ZipzarrError {
  return invalid(`it has more than ${MAX_DIMENSIONS} parts`)
}

function listTooLong(): ZipzarrError {
  return invalid(`an index list has more than ${MAX_LIST_LENGTH} entries`)
}

/** The one way a selection is refused. */
export function invalid(reason: string): ZipzarrError {
  return new ZipzarrError('INVALID_SELECTION', `not a valid selection: ${reason}`)
}
