// Reads one MessagePack document (github.com/msgpack/msgpack, spec.md). Bounded: no list is made longer than
// its bytes can fill, nesting is limited. Extension types are refused.
import { isUtf8 } from 'node:buffer'
import { codecFailed } from '../interface/failures.js'

const MAX_DEPTH = 256

interface MsgpackReaderOptions {
  /** Text as bytes, as numcodecs' `raw` asks for. */
  readonly isRaw: boolean
}

export class MessagePackReader {
  readonly #codec: string
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #isRaw: boolean
  #at = 0

  constructor(codec: string, bytes: Uint8Array, { isRaw }: MsgpackReaderOptions) {
    this.#codec = codec
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#isRaw = isRaw
  }

  readDocument(): unknown {
    const value = this.#read(0)
    if (this.#at !== this.#bytes.length)
      this.#fail(`${this.#bytes.length - this.#at} bytes follow the document`)
    return value
  }

  #fail(text: string): never {
    return codecFailed(this.#codec, text)
  }

  /** Moves on by `length` bytes, which must be there, and says where they began. */
  #take(length: number): number {
    const start = this.#at
    if (length > this.#bytes.length - start) this.#fail('the document is cut short')
    this.#at = start + length
    return start
  }

  #read(depth: number): unknown {
    if (depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH}`)
    const type = this.#view.getUint8(this.#take(1))
    if (type < 0x80) return type
    if (type >= 0xe0) return type - 0x100
    if (type < 0x90) return this.#readMap(type & 0x0f, depth)
    if (type < 0xa0) return this.#readList(type & 0x0f, depth)
    if (type < 0xc0) return this.#readText(type & 0x1f)
    switch (type) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xca:
        return this.#view.getFloat32(this.#take(4))
      case 0xcb:
        return this.#view.getFloat64(this.#take(8))
      default:
        return this.#readSized(type, depth)
    }
  }

  #readSized(type: number, depth: number): unknown {
    if (type >= 0xc4 && type <= 0xc6) return this.#readBytes(this.#readLength(type - 0xc4))
    if (type >= 0xcc && type <= 0xcf) return this.#readUnsigned(type - 0xcc)
    if (type >= 0xd0 && type <= 0xd3) return this.#readSigned(type - 0xd0)
    if (type >= 0xd9 && type <= 0xdb) return this.#readText(this.#readLength(type - 0xd9))
    if (type === 0xdc || type === 0xdd) return this.#readList(this.#readLength(type - 0xdb), depth)
    if (type === 0xde || type === 0xdf) return this.#readMap(this.#readLength(type - 0xdd), depth)
    return this.#fail(`type 0x${type.toString(16)} is not supported`)
  }

  /** A length of 1, 2 or 4 bytes. */
  #readLength(power: number): number {
    const at = this.#take(2 ** power)
    if (power === 0) return this.#view.getUint8(at)
    return power === 1 ? this.#view.getUint16(at) : this.#view.getUint32(at)
  }

  #readUnsigned(power: number): number | bigint {
    return power < 3 ? this.#readLength(power) : compact(this.#view.getBigUint64(this.#take(8)))
  }

  #readSigned(power: number): number | bigint {
    const at = this.#take(2 ** power)
    if (power === 0) return this.#view.getInt8(at)
    if (power === 1) return this.#view.getInt16(at)
    return power === 2 ? this.#view.getInt32(at) : compact(this.#view.getBigInt64(at))
  }

  #readBytes(length: number): Uint8Array {
    const start = this.#take(length)
    return this.#bytes.slice(start, start + length)
  }

  #readText(length: number): string | Uint8Array {
    if (this.#isRaw) return this.#readBytes(length)
    const start = this.#take(length)
    const text = this.#bytes.subarray(start, start + length)
    if (!isUtf8(text)) this.#fail('a text is not UTF-8')
    return Buffer.from(text.buffer, text.byteOffset, length).toString('utf8')
  }

  #readList(length: number, depth: number): unknown[] {
    if (length > this.#bytes.length - this.#at) this.#fail(`a list of ${length} items is cut short`)
    const list: unknown[] = []
    for (let i = 0; i < length; i++) list.push(this.#read(depth + 1))
    return list
  }

  #readMap(length: number, depth: number): Record<string, unknown> {
    if (2 * length > this.#bytes.length - this.#at) this.#fail(`a map of ${length} members is cut short`)
    // Without a prototype, so that a member called `__proto__` is a member like any other.
    const map: Record<string, unknown> = Object.create(null)
    for (let i = 0; i < length; i++) {
      const name = this.#read(depth + 1)
      if (typeof name !== 'string') this.#fail('a map has a member whose name is not text')
      map[name as string] = this.#read(depth + 1)
    }
    return map
  }
}

/** A plain number where it is exact. */
function compact(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
