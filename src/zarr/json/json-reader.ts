// One pass over JSON text, with Python's additions, in as many parts as the caller likes. Bounded in depth.
import { ZipzarrError } from '../../errors.js'
import { ARRAY_BYTES, ITEM_BYTES, JsonMemory, MEMBER_BYTES, OBJECT_BYTES } from './json-memory.js'

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

/** Items of a long list that are put together at its end. */
const MAX_LIST_PIECE = 16_384

/** Of one object: putting more of them into a table that grows would hold the event loop for long. */
const MAX_MEMBERS = 2 ** 17

function tooManyMembers(): ZipzarrError {
  const message = `an object of the JSON document has more than ${MAX_MEMBERS} members`
  return new ZipzarrError('METADATA_UNSUPPORTED', message, { facts: { limit: MAX_MEMBERS } })
}

function wordAt(text: string, at: number): (typeof WORDS)[number] | undefined {
  return WORDS.find(([word]) => text.startsWith(word, at))
}

/** A list or an object whose end has not come yet. */
interface OpenValue {
  value: Json[] | JsonObject
  /** The items before those in `value`, of a long list: a list that grows leaves half of itself behind each time. */
  readonly full: Json[][]
  readonly close: ']' | '}'
  /** Of an object, so far. */
  members: number
  /** False: it is checked, and nothing is kept of it. */
  readonly isKept: boolean
  /** Of the member that is being read. */
  name: string
}

export interface ReaderOptions {
  /** The outermost value must be an object, and only the texts of its members are kept. */
  readonly members?: { readonly nonFinite: 'string' | 'python' }
  /** A member of the outermost object that is checked and left out. */
  readonly without?: string | undefined
}

/** The members of the outermost object, with their values as they are written. */
interface Members {
  readonly texts: Map<string, string>
  readonly quotesNonFinite: boolean
  /** Where the value being read begins, and the NaN and infinities in it that are to be quoted. */
  start: number
  nonFinite: number[]
}

/**
 * Reads one document, a part at a time: a large one would hold the event loop for seconds. What is open is on a list
 * and not in calls within calls, so that reading can stop anywhere.
 */
export class JsonReader {
  readonly #text: string
  readonly #members: Members | undefined
  readonly #without: string | undefined
  readonly #open: OpenValue[] = []
  #at = 0
  #expects: 'value' | 'name' | 'nothing' = 'value'
  /** What is there of a long string that is being read. */
  #begun: string | undefined
  /** Where the part of it begins that is not there yet. */
  #plainFrom = 0
  #document: Json = null
  readonly #memory = new JsonMemory()

  constructor(text: string, { members, without }: ReaderOptions = {}) {
    this.#text = text
    this.#without = without
    if (members === undefined) return
    const quotesNonFinite = members.nonFinite === 'string'
    this.#members = { texts: new Map(), quotesNonFinite, start: 0, nonFinite: [] }
    this.#skipSpace()
    if (text[this.#at] !== '{') this.#fail('an object')
  }

  /** Once all is read. */
  get document(): Json {
    return this.#document
  }

  get members(): Map<string, string> {
    return this.#members?.texts ?? new Map()
  }

  /** Reads about `count` values more; true when nothing is left. */
  readSome(count: number): boolean {
    for (let i = 0; i < count && this.#expects !== 'nothing'; i++) this.#readNext()
    return this.#expects === 'nothing'
  }

  #readNext(): void {
    if (this.#begun === undefined) this.#skipSpace()
    const first = this.#text[this.#at]
    if (this.#begun !== undefined) this.#readString()
    else if (first === '"') {
      this.#plainFrom = ++this.#at
      this.#readString()
    } else if (this.#expects === 'name') this.#fail('a member name')
    else if (first === '{') this.#begin(Object.create(null), '}')
    else if (first === '[') this.#begin([], ']')
    else this.#endValue(this.#readScalar())
  }

  #begin(value: Json[] | JsonObject, close: ']' | '}'): void {
    if (this.#open.length >= MAX_JSON_DEPTH) {
      const message = `JSON nested deeper than ${MAX_JSON_DEPTH} at position ${this.#at}`
      throw new ZipzarrError('METADATA_UNSUPPORTED', message, {
        facts: { limit: MAX_JSON_DEPTH, position: this.#at },
      })
    }
    const isKept = this.#keepsValues()
    if (isKept) this.#memory.take(close === '}' ? OBJECT_BYTES : ARRAY_BYTES)
    this.#at++
    this.#skipSpace()
    if (this.#text[this.#at] === close) {
      this.#at++
      this.#endValue(value)
      return
    }
    this.#open.push({ value, full: [], members: 0, close, isKept, name: '' })
    this.#expects = close === '}' ? 'name' : 'value'
  }

  /** Whether the value that is read now is kept. */
  #keepsValues(): boolean {
    const open = this.#open.at(-1)
    if (open === undefined) return this.#members === undefined
    return open.isKept && !(this.#open.length === 1 && open.name === this.#without)
  }

  /** Puts a value into the list or object it is part of, and ends all that end with it. */
  #endValue(ended: Json): void {
    let value = ended
    for (let open = this.#open.at(-1); open !== undefined; open = this.#open.at(-1)) {
      if (this.#members !== undefined && this.#open.length === 1) this.#keepText(this.#members, open.name)
      else if (this.#keepsValues()) this.#keep(open, value)
      this.#skipSpace()
      if (this.#text[this.#at] === ',') {
        this.#at++
        this.#expects = open.close === '}' ? 'name' : 'value'
        return
      }
      if (this.#text[this.#at] !== open.close) this.#fail(`"," or "${open.close}"`)
      this.#at++
      this.#open.pop()
      value = open.full.length === 0 ? open.value : ([] as Json[]).concat(...open.full, open.value as Json[])
    }
    this.#skipSpace()
    if (this.#at < this.#text.length) this.#fail('the end of the document')
    this.#expects = 'nothing'
    this.#document = value
  }

  #keep(open: OpenValue, value: Json): void {
    if (Array.isArray(open.value)) {
      this.#memory.take(ITEM_BYTES)
      if (open.value.length === MAX_LIST_PIECE) {
        open.full.push(open.value)
        open.value = []
      }
      ;(open.value as Json[]).push(value)
    } else {
      this.#memory.take(MEMBER_BYTES)
      if (++open.members > MAX_MEMBERS) throw tooManyMembers()
      open.value[open.name] = value
    }
  }

  #endName(name: string): void {
    const open = this.#open[this.#open.length - 1]
    open.name = name
    this.#skipSpace()
    if (this.#text[this.#at] !== ':') this.#fail('":"')
    this.#at++
    this.#expects = 'value'
    if (this.#members === undefined || this.#open.length > 1) return
    this.#skipSpace()
    this.#members.start = this.#at
    this.#members.nonFinite = []
  }

  /** The text from where the value began to here, with quotes around what was noted. */
  #keepText({ texts, start, nonFinite }: Members, name: string): void {
    let text = ''
    let pieces: string[] = []
    let from = start
    for (const at of nonFinite) {
      const end = at + (wordAt(this.#text, at)?.[0].length ?? 0)
      pieces.push(this.#text.slice(from, at), '"', this.#text.slice(at, end), '"')
      from = end
      if (pieces.length < MAX_PIECES) continue
      text += pieces.join('')
      pieces = []
    }
    texts.set(name, text + pieces.join('') + this.#text.slice(from, this.#at))
  }

  /** The rest of a string, or a part of it when it is long. */
  #readString(): void {
    const pieces = [this.#begun ?? '']
    // Text without escapes is one slice of the document, however long: put together from parts it would be a copy.
    let plainFrom = this.#plainFrom
    for (;;) {
      const plain = this.#match(PLAIN_TEXT)
      const next = this.#text[this.#at]
      if (next === '"') break
      if (next === '\\') {
        pieces.push(this.#text.slice(plainFrom, this.#at), this.#readEscape())
        plainFrom = this.#at
      } else if (plain.length < MAX_PLAIN_LENGTH) this.#fail('a character of a string')
      if (pieces.length < MAX_PIECES && plain.length < MAX_PLAIN_LENGTH) continue
      this.#begun = pieces.join('')
      this.#plainFrom = plainFrom
      return
    }
    pieces.push(this.#text.slice(plainFrom, this.#at))
    this.#at++
    this.#begun = undefined
    const text = pieces.length === 2 ? pieces[0] + pieces[1] : pieces.join('')
    if (this.#expects === 'name') this.#endName(text)
    else this.#endValue(text)
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
    const digits = this.#match(NUMBER)
    if (digits !== '') return this.#numberOf(digits)
    const [word, value] = wordAt(this.#text, this.#at) ?? this.#fail('a value')
    if (typeof value === 'number' && this.#members?.quotesNonFinite === true)
      this.#members.nonFinite.push(this.#at)
    this.#at += word.length
    return value
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
