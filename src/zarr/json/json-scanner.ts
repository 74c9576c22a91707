// The smallest parts of JSON text, with Python's additions: strings, numbers, words, spaces. Long strings are read in
// parts. Knows nothing of lists and objects.
import { ZipzarrError } from '../../errors.js'

type Scalar = null | boolean | number | bigint

/** Most digits of an integer: Python's own limit, as turning digits into a number takes quadratic time. */
const MAX_INTEGER_DIGITS = 4300

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y
/** What a string may hold unescaped: no control character, quote or back-slash. */
const MAX_PLAIN_LENGTH = 2 ** 18
const PLAIN_TEXT = new RegExp(`[ !#-[\\]-\\uffff]{0,${MAX_PLAIN_LENGTH}}`, 'y')
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
const WORDS: ReadonlyArray<readonly [word: string, value: Scalar]> = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]

/** Pieces that are put together at a time: millions of them would take many times the memory of their text. */
export const MAX_PIECES = 4096

/** true, false, null, or one of Python's names of non-finite numbers. */
export function wordAt(text: string, at: number): (typeof WORDS)[number] | undefined {
  return WORDS.find(([word]) => text.startsWith(word, at))
}

export class JsonScanner {
  readonly text: string
  /** Where it reads on. */
  at = 0
  /** What is there of a long string that is being read. */
  #begun: string | undefined
  /** Where the part of it begins that is not there yet. */
  #plainFrom = 0

  constructor(text: string) {
    this.text = text
  }

  get isInString(): boolean {
    return this.#begun !== undefined
  }

  /** A string whose quote comes next, or the rest of one that is begun; undefined: a part of it was read. */
  readString(): string | undefined {
    if (this.#begun === undefined) this.#plainFrom = ++this.at
    const pieces = [this.#begun ?? '']
    // Text without escapes is one slice of the document, however long: put together from parts it would be a copy.
    let plainFrom = this.#plainFrom
    for (;;) {
      const plain = this.#match(PLAIN_TEXT)
      const next = this.text[this.at]
      if (next === '"') break
      if (next === '\\') {
        pieces.push(this.text.slice(plainFrom, this.at), this.#readEscape())
        plainFrom = this.at
      } else if (plain.length < MAX_PLAIN_LENGTH) this.fail('a character of a string')
      if (pieces.length < MAX_PIECES && plain.length < MAX_PLAIN_LENGTH) continue
      this.#begun = pieces.join('')
      this.#plainFrom = plainFrom
      return undefined
    }
    pieces.push(this.text.slice(plainFrom, this.at))
    this.at++
    this.#begun = undefined
    return pieces.length === 2 ? pieces[0] + pieces[1] : pieces.join('')
  }

  #readEscape(): string {
    const letter = this.text[this.at + 1]
    if (letter === 'u') {
      const digits = this.text.slice(this.at + 2, this.at + 6)
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail('four hexadecimal digits')
      this.at += 6
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const value = letter === undefined ? undefined : ESCAPES[letter]
    if (value === undefined) this.fail('an escape')
    this.at += 2
    return value
  }

  readScalar(): Scalar {
    const digits = this.#match(NUMBER)
    if (digits !== '') return this.#numberOf(digits)
    const [word, value] = wordAt(this.text, this.at) ?? this.fail('a value')
    this.at += word.length
    return value
  }

  #numberOf(digits: string): number | bigint {
    const value = Number(digits)
    if (/[.eE]/.test(digits)) return value
    if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
    if (digits.length > MAX_INTEGER_DIGITS)
      this.fail(`an integer of at most ${MAX_INTEGER_DIGITS} digits before this`)
    return BigInt(digits)
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0] ?? ''
    this.at += found.length
    return found
  }

  skipSpace(): void {
    for (;;) {
      const unit = this.text.charCodeAt(this.at)
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return
      this.at++
    }
  }

  /** @throws ZipzarrError METADATA_INVALID */
  fail(expected: string): never {
    const found =
      this.at < this.text.length ? JSON.stringify(this.text.slice(this.at, this.at + 12)) : 'its end'
    const message = `JSON not valid at position ${this.at}: expected ${expected}, found ${found}`
    throw new ZipzarrError('METADATA_INVALID', message, { facts: { position: this.at } })
  }
}
