// JSON as Zarr writers really write it: Python's bare NaN and Infinity are read as numbers and integers
// beyond 2^53 stay exact. Linear in the text, bounded in depth. Knows nothing of Zarr.
import { ZipzarrError } from '../errors.js'

/** JSON as parsed here: integers beyond 2^53 are bigint, NaN and infinities are numbers. */
export type Json = null | boolean | number | bigint | string | Json[] | JsonObject
/** Without a prototype, so that a member called `__proto__` or `toString` is a member like any other. */
export interface JsonObject {
  [name: string]: Json
}

/** Longest document read, in bytes. */
export const MAX_JSON_LENGTH = 16 * 1024 * 1024
/** Deepest nesting of lists and objects. */
export const MAX_JSON_DEPTH = 256
/** Most digits of an integer: Python's own limit, as turning digits into a number takes quadratic time. */
const MAX_INTEGER_DIGITS = 4300

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y
/** What a string may hold unescaped: no control character, quote or back-slash. */
const PLAIN_TEXT = /[ !#-[\]-\uffff]*/y
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
const WORDS: ReadonlyArray<readonly [word: string, value: Json]> = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]

/** True for a JSON object: neither a list nor a scalar. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Reads UTF-8 bytes or text. Of two members with one name the last wins, as in Python; a byte order mark is
 * skipped.
 * @throws ZipzarrError METADATA_INVALID with `position` (in characters); METADATA_UNSUPPORTED when the text
 * is longer than MAX_JSON_LENGTH or nested deeper than MAX_JSON_DEPTH.
 */
export function parseJson(text: string | Uint8Array): Json {
  return new JsonReader(jsonText(text)).readDocument()
}

/**
 * The members of an object with their values as they are written, for putting a document into another one
 * without changing a digit. The whole text is checked as parseJson does.
 */
export function jsonMembers(text: string | Uint8Array): Map<string, string> {
  return new JsonReader(jsonText(text)).readMembers()
}

function jsonText(text: string | Uint8Array): string {
  if (text.length > MAX_JSON_LENGTH) {
    const message = `JSON document of ${text.length} bytes; at most ${MAX_JSON_LENGTH} are read`
    throw new ZipzarrError('METADATA_UNSUPPORTED', message, {
      facts: { limit: MAX_JSON_LENGTH, actual: text.length },
    })
  }
  if (typeof text === 'string') return text.startsWith('\ufeff') ? text.slice(1) : text
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text)
  } catch (cause) {
    throw new ZipzarrError('METADATA_INVALID', 'JSON document is not UTF-8', { cause })
  }
}

class JsonReader {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  readDocument(): Json {
    const value = this.#readValue()
    this.#skipSpace()
    if (this.#at < this.#text.length) this.#fail('the end of the document')
    return value
  }

  readMembers(): Map<string, string> {
    const members = new Map<string, string>()
    this.#skipSpace()
    if (this.#text[this.#at] !== '{') this.#fail('an object')
    this.#readList('}', () => {
      const name = this.#readName()
      this.#skipSpace()
      const start = this.#at
      this.#readValue()
      members.set(name, this.#text.slice(start, this.#at))
    })
    this.#skipSpace()
    if (this.#at < this.#text.length) this.#fail('the end of the document')
    return members
  }

  #readValue(): Json {
    this.#skipSpace()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#readObject()
      case '[':
        return this.#readArray()
      case '"':
        return this.#readString()
      default:
        return this.#readScalar()
    }
  }

  #readObject(): JsonObject {
    const object: JsonObject = Object.create(null)
    this.#readList('}', () => {
      const name = this.#readName()
      object[name] = this.#readValue()
    })
    return object
  }

  #readArray(): Json[] {
    const array: Json[] = []
    this.#readList(']', () => array.push(this.#readValue()))
    return array
  }

  /** What stands between a bracket and its partner: items with commas between them. */
  #readList(close: '}' | ']', readItem: () => void): void {
    if (++this.#depth > MAX_JSON_DEPTH) {
      const message = `JSON nested deeper than ${MAX_JSON_DEPTH} at position ${this.#at}`
      throw new ZipzarrError('METADATA_UNSUPPORTED', message, {
        facts: { limit: MAX_JSON_DEPTH, position: this.#at },
      })
    }
    this.#at++
    this.#skipSpace()
    if (this.#text[this.#at] !== close) {
      readItem()
      this.#skipSpace()
      while (this.#text[this.#at] === ',') {
        this.#at++
        readItem()
        this.#skipSpace()
      }
    }
    if (this.#text[this.#at] !== close) this.#fail(`"," or "${close}"`)
    this.#at++
    this.#depth--
  }

  #readName(): string {
    this.#skipSpace()
    if (this.#text[this.#at] !== '"') this.#fail('a member name')
    const name = this.#readString()
    this.#skipSpace()
    if (this.#text[this.#at] !== ':') this.#fail('":"')
    this.#at++
    return name
  }

  #readString(): string {
    this.#at++
    let value = ''
    for (;;) {
      value += this.#match(PLAIN_TEXT)
      const next = this.#text[this.#at]
      if (next === '"') {
        this.#at++
        return value
      }
      if (next !== '\\') this.#fail('a character of a string')
      value += this.#readEscape()
    }
  }

  #readEscape(): string {
    const letter = this.#text[this.#at + 1]
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6)
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail('four hexadecimal digits')
      this.#at += 6
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const value = letter === undefined ? undefined : ESCAPES[letter]
    if (value === undefined) this.#fail('an escape')
    this.#at += 2
    return value
  }

  #readScalar(): Json {
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue
      this.#at += word.length
      return value
    }
    const digits = this.#match(NUMBER)
    if (digits === '') this.#fail('a value')
    return this.#numberOf(digits)
  }

  #numberOf(digits: string): number | bigint {
    const value = Number(digits)
    if (/[.eE]/.test(digits)) return value
    if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
    if (digits.length > MAX_INTEGER_DIGITS)
      this.#fail(`an integer of at most ${MAX_INTEGER_DIGITS} digits before this`)
    return BigInt(digits)
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #skipSpace(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at)
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return
      this.#at++
    }
  }

  #fail(expected: string): never {
    const found =
      this.#at < this.#text.length ? JSON.stringify(this.#text.slice(this.#at, this.#at + 12)) : 'its end'
    const message = `JSON not valid at position ${this.#at}: expected ${expected}, found ${found}`
    throw new ZipzarrError('METADATA_INVALID', message, { facts: { position: this.#at } })
  }
}

export interface StringifyOptions {
  /** How NaN and infinities are written: quoted (valid JSON), as null, or bare as Python does. */
  nonFinite?: 'string' | 'null' | 'python'
}

/** Writes JSON with every digit of a bigint, as browsers and strict parsers read it unless told otherwise. */
export function stringifyJson(value: Json, options: StringifyOptions = {}): string {
  switch (typeof value) {
    case 'bigint':
      return value.toString()
    case 'number':
      return Number.isFinite(value) ? numberText(value) : nonFiniteText(value, options.nonFinite ?? 'string')
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return `[${value.map(item => stringifyJson(item, options)).join(',')}]`
      return `{${Object.keys(value)
        .map(name => `${JSON.stringify(name)}:${stringifyJson(value[name] as Json, options)}`)
        .join(',')}}`
    default:
      return JSON.stringify(value)
  }
}

/** A float too large to be a safe integer keeps its point: digits alone would be read back as an integer. */
function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value)
  return Number.isInteger(value) && !Number.isSafeInteger(value) && !text.includes('e') ? `${text}.0` : text
}

function nonFiniteText(value: number, nonFinite: 'string' | 'null' | 'python'): string {
  if (nonFinite === 'null') return 'null'
  return nonFinite === 'python' ? String(value) : `"${value}"`
}
