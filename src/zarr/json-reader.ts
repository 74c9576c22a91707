// One pass over JSON text, with Python's additions. Bounded in depth, as it calls itself for what is nested.
import { ZipzarrError } from '../errors.js'

/** JSON as parsed here: integers beyond 2^53 are bigint, NaN and infinities are numbers. */
export type Json = null | boolean | number | bigint | string | Json[] | JsonObject
/** Without a prototype, so that a member called `__proto__` or `toString` is a member like any other. */
export interface JsonObject {
  [name: string]: Json
}

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

/** Pieces that are put together at a time: millions of them would take many times the memory of their text. */
const MAX_PIECES = 4096

function wordAt(text: string, at: number): (typeof WORDS)[number] | undefined {
  return WORDS.find(([word]) => text.startsWith(word, at))
}

/** Reads one document; used once. */
export class JsonReader {
  readonly #text: string
  #at = 0
  #depth = 0
  /** Where NaN and infinities begin, when they are to be quoted. */
  #nonFinite: number[] | undefined

  constructor(text: string) {
    this.#text = text
  }

  readDocument(): Json {
    const value = this.#readValue()
    this.#skipSpace()
    if (this.#at < this.#text.length) this.#fail('the end of the document')
    return value
  }

  readMembers(nonFinite: 'string' | 'python'): Map<string, string> {
    const members = new Map<string, string>()
    this.#skipSpace()
    if (this.#text[this.#at] !== '{') this.#fail('an object')
    this.#readList('}', () => {
      const name = this.#readName()
      this.#skipSpace()
      const start = this.#at
      this.#nonFinite = nonFinite === 'string' ? [] : undefined
      this.#readValue()
      members.set(name, this.#quotedFrom(start))
    })
    this.#skipSpace()
    if (this.#at < this.#text.length) this.#fail('the end of the document')
    return members
  }

  /** The text from `start` to here, with quotes around what was noted. */
  #quotedFrom(start: number): string {
    let text = ''
    let pieces: string[] = []
    let from = start
    for (const at of this.#nonFinite ?? []) {
      const end = at + (wordAt(this.#text, at)?.[0].length ?? 0)
      pieces.push(this.#text.slice(from, at), '"', this.#text.slice(at, end), '"')
      from = end
      if (pieces.length < MAX_PIECES) continue
      text += pieces.join('')
      pieces = []
    }
    return text + pieces.join('') + this.#text.slice(from, this.#at)
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
    const found = wordAt(this.#text, this.#at)
    if (found !== undefined) {
      const [word, value] = found
      if (typeof value === 'number') this.#nonFinite?.push(this.#at)
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
