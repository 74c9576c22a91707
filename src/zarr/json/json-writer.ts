// JSON text of a value, in as many parts as the caller likes.
import type { Json, JsonObject } from './json-reader.js'

export interface StringifyOptions {
  /** How NaN and infinities are written: quoted (valid JSON), as null, or bare as Python does. */
  nonFinite?: 'string' | 'null' | 'python'
}

/** A list or an object of which a part is written. */
interface OpenContainer {
  readonly items: readonly Json[] | JsonObject
  /** Of an object's members. */
  readonly names: readonly string[] | undefined
  readonly length: number
  written: number
}

const LONG_PIECE = 65_536
/** What JSON.stringify writes as an escape: control characters, quotes, back-slashes, and surrogates without a pair. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/

export class JsonWriter {
  readonly #nonFinite: 'string' | 'null' | 'python'
  readonly #open: OpenContainer[] = []
  #text = ''

  constructor(value: Json, { nonFinite = 'string' }: StringifyOptions) {
    this.#nonFinite = nonFinite
    this.#text = this.#begin(value)
  }

  /** Once all is written. */
  get text(): string {
    return this.#text
  }

  /** Writes about `count` values more; true when nothing is left. */
  writeSome(count: number): boolean {
    let pieces: string[] = []
    for (let i = 0; i < count; i++) {
      const open = this.#open.at(-1)
      if (open === undefined) break
      const piece = open.written === open.length ? this.#end(open) : this.#next(open)
      if (piece.length < LONG_PIECE) {
        pieces.push(piece)
        continue
      }
      // Added and not joined, which would copy it.
      this.#text += pieces.join('')
      this.#text += piece
      pieces = []
    }
    this.#text += pieces.join('')
    return this.#open.length === 0
  }

  #next(open: OpenContainer): string {
    const comma = open.written === 0 ? '' : ','
    const { items, names } = open
    const place = open.written++
    if (Array.isArray(items)) return comma + this.#begin(items[place] as Json)
    const name = names?.[place] ?? ''
    return `${comma}${JSON.stringify(name)}:${this.#begin((items as JsonObject)[name] as Json)}`
  }

  #end({ names }: OpenContainer): string {
    this.#open.pop()
    return names === undefined ? ']' : '}'
  }

  /** A scalar's text, or the bracket of what has items. */
  #begin(value: Json): string {
    switch (typeof value) {
      case 'bigint':
        return value.toString()
      case 'number':
        return Number.isFinite(value) ? numberText(value) : this.#nonFiniteText(value)
      case 'object': {
        if (value === null) return 'null'
        const names = Array.isArray(value) ? undefined : Object.keys(value)
        this.#open.push({ items: value, names, length: (names ?? (value as Json[])).length, written: 0 })
        return names === undefined ? '[' : '{'
      }
      case 'string':
        return quoted(value)
      default:
        return JSON.stringify(value)
    }
  }

  #nonFiniteText(value: number): string {
    if (this.#nonFinite === 'null') return 'null'
    return this.#nonFinite === 'python' ? String(value) : `"${value}"`
  }
}

/** A long text without escapes is put between quotes, which copies nothing: JSON.stringify makes three copies. */
function quoted(text: string): string {
  return text.length < LONG_PIECE || ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`
}

/** A float too large to be a safe integer keeps its point: digits alone would be read back as an integer. */
function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value)
  return Number.isInteger(value) && !Number.isSafeInteger(value) && !text.includes('e') ? `${text}.0` : text
}
