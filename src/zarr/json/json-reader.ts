// One pass over JSON text, with Python's additions, in as many parts as the caller likes. Bounded in depth.
import { ZipzarrError } from '../../errors.js'
import { ARRAY_BYTES, ITEM_BYTES, JsonMemory, MEMBER_BYTES, OBJECT_BYTES } from './json-memory.js'
import { JsonScanner, MAX_PIECES, wordAt } from './json-scanner.js'

/** JSON as parsed here: integers beyond 2^53 are bigint, NaN and infinities are numbers. */
export type Json = null | boolean | number | bigint | string | Json[] | JsonObject
/** Without a prototype, so that a member called `__proto__` or `toString` is a member like any other. */
export interface JsonObject {
  [name: string]: Json
}

/** Deepest nesting of lists and objects. */
export const MAX_JSON_DEPTH = 256
/** Items of a long list that are put together at its end. */
const MAX_LIST_PIECE = 16_384

/** Of one object: putting more of them into a table that grows would hold the event loop for long. */
const MAX_MEMBERS = 2 ** 17

function tooManyMembers(): ZipzarrError {
  const message = `an object of the JSON document has more than ${MAX_MEMBERS} members`
  return new ZipzarrError('METADATA_UNSUPPORTED', message, { facts: { limit: MAX_MEMBERS } })
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
  readonly #scanner: JsonScanner
  readonly #members: Members | undefined
  readonly #without: string | undefined
  readonly #open: OpenValue[] = []
  #expects: 'value' | 'name' | 'nothing' = 'value'
  #document: Json = null
  readonly #memory = new JsonMemory()

  constructor(text: string, { members, without }: ReaderOptions = {}) {
    this.#scanner = new JsonScanner(text)
    this.#without = without
    if (members === undefined) return
    const quotesNonFinite = members.nonFinite === 'string'
    this.#members = { texts: new Map(), quotesNonFinite, start: 0, nonFinite: [] }
    this.#scanner.skipSpace()
    if (text[this.#scanner.at] !== '{') this.#scanner.fail('an object')
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
    const scanner = this.#scanner
    if (!scanner.isInString) scanner.skipSpace()
    const first = scanner.text[scanner.at]
    if (scanner.isInString || first === '"') {
      const text = scanner.readString()
      if (text === undefined) return
      if (this.#expects === 'name') this.#endName(text)
      else this.#endValue(text)
    } else if (this.#expects === 'name') scanner.fail('a member name')
    else if (first === '{') this.#begin(Object.create(null), '}')
    else if (first === '[') this.#begin([], ']')
    else this.#endValue(this.#readScalar())
  }

  #begin(value: Json[] | JsonObject, close: ']' | '}'): void {
    if (this.#open.length >= MAX_JSON_DEPTH) {
      const message = `JSON nested deeper than ${MAX_JSON_DEPTH} at position ${this.#scanner.at}`
      throw new ZipzarrError('METADATA_UNSUPPORTED', message, {
        facts: { limit: MAX_JSON_DEPTH, position: this.#scanner.at },
      })
    }
    const isKept = this.#keepsValues()
    if (isKept) this.#memory.take(close === '}' ? OBJECT_BYTES : ARRAY_BYTES)
    this.#scanner.at++
    this.#scanner.skipSpace()
    if (this.#scanner.text[this.#scanner.at] === close) {
      this.#scanner.at++
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
      this.#scanner.skipSpace()
      if (this.#scanner.text[this.#scanner.at] === ',') {
        this.#scanner.at++
        this.#expects = open.close === '}' ? 'name' : 'value'
        return
      }
      if (this.#scanner.text[this.#scanner.at] !== open.close) this.#scanner.fail(`"," or "${open.close}"`)
      this.#scanner.at++
      this.#open.pop()
      value = open.full.length === 0 ? open.value : ([] as Json[]).concat(...open.full, open.value as Json[])
    }
    this.#scanner.skipSpace()
    if (this.#scanner.at < this.#scanner.text.length) this.#scanner.fail('the end of the document')
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
    this.#scanner.skipSpace()
    if (this.#scanner.text[this.#scanner.at] !== ':') this.#scanner.fail('":"')
    this.#scanner.at++
    this.#expects = 'value'
    if (this.#members === undefined || this.#open.length > 1) return
    this.#scanner.skipSpace()
    this.#members.start = this.#scanner.at
    this.#members.nonFinite = []
  }

  /** The text from where the value began to here, with quotes around what was noted. */
  #keepText({ texts, start, nonFinite }: Members, name: string): void {
    let text = ''
    let pieces: string[] = []
    let from = start
    for (const at of nonFinite) {
      const end = at + (wordAt(this.#scanner.text, at)?.[0].length ?? 0)
      pieces.push(this.#scanner.text.slice(from, at), '"', this.#scanner.text.slice(at, end), '"')
      from = end
      if (pieces.length < MAX_PIECES) continue
      text += pieces.join('')
      pieces = []
    }
    texts.set(name, text + pieces.join('') + this.#scanner.text.slice(from, this.#scanner.at))
  }

  #readScalar(): Json {
    const start = this.#scanner.at
    const value = this.#scanner.readScalar()
    const isNonFinite = typeof value === 'number' && !Number.isFinite(value)
    // A number too large to be one is written with digits, and stays as it is.
    if (
      isNonFinite &&
      this.#members?.quotesNonFinite === true &&
      wordAt(this.#scanner.text, start) !== undefined
    )
      this.#members.nonFinite.push(start)
    return value
  }
}
