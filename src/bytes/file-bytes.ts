// Random access to a local regular file through a file descriptor of this process. Knows nothing of ZIP.
import { type BigIntStats, close, constants, fstat, fstatSync, open } from 'node:fs'
import { promisify } from 'node:util'
import { ZipzarrError } from '../errors.js'
import { attempt, type MaybePromise } from '../memory/maybe-promise.js'
import { BlockingReads } from './blocking-reads.js'
import { ioError, pieceLength, readPiece, readPieceSync } from './file-pieces.js'
import {
  type ByteIdentity,
  identityDifference,
  type RandomAccess,
  type ReadOptions,
} from './random-access.js'

const openFile = promisify(open)
const closeFile = promisify(close)
const statFile = promisify(fstat) as (fd: number, options: { bigint: true }) => Promise<BigIntStats>

// O_NONBLOCK: opening a FIFO or a device put in the archive's place must not hang before it is refused.
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK
/** A longer read would hold up other requests even where all its pages are warm: 4 MiB with what lies before them. */
const MAX_IMMEDIATE_BYTES = (4 * 1024 + 256) * 1024

export interface FileBytesOptions {
  /** What the file must be; another one is refused with STORE_CHANGED. */
  expected?: ByteIdentity
  /** Asked when only the status change time differs; absent: the file has changed then. */
  isSameContent?: (file: RandomAccess) => Promise<boolean>
  /** Whether a symbolic link in the place of the file is refused. */
  refuseLink?: boolean
  /** When it may be read on the event loop; absent: its own. */
  blockingReads?: BlockingReads
}

/**
 * The descriptor number is closed only when no read is in flight: a number closed under a running read may
 * be given to another file by the next open(), and wrong bytes would be served.
 */
export class FileBytes implements RandomAccess {
  readonly size: number
  readonly identity: ByteIdentity
  readonly #fd: number
  readonly #isSameContent: FileBytesOptions['isSameContent']
  readonly #blockingReads: BlockingReads
  /** Of the state whose content was last found to be the one of `identity`. */
  #ctimeNs: string
  #comparing: Promise<void> | undefined
  #readsInFlight = 0
  #isClosing = false
  #closed: Promise<void> | undefined
  #onIdle: (() => void) | undefined

  private constructor(fd: number, identity: ByteIdentity, options: FileBytesOptions) {
    this.#fd = fd
    this.identity = identity
    this.#isSameContent = options.isSameContent
    this.#blockingReads = options.blockingReads ?? new BlockingReads()
    this.#ctimeNs = identity.ctimeNs
    this.size = identity.size
  }

  /** @throws ZipzarrError STORE_UNAVAILABLE (cannot be opened), ARCHIVE_REFUSED (no regular file), STORE_CHANGED */
  static async open(path: string, options: FileBytesOptions = {}): Promise<FileBytes> {
    const flags = options.refuseLink === true ? OPEN_FLAGS | constants.O_NOFOLLOW : OPEN_FLAGS
    const fd = await openFile(path, flags).catch(cause => {
      throw ioError('STORE_UNAVAILABLE', 'the file cannot be opened', cause)
    })
    try {
      const stats = await statFile(fd, { bigint: true })
      if (!stats.isFile()) throw new ZipzarrError('ARCHIVE_REFUSED', 'not a regular file')
      const identity = identityOf(stats)
      const file = new FileBytes(fd, options.expected ?? identity, options)
      await file.#requireSame(identity)
      return file
    } catch (error) {
      await closeFile(fd)
      throw error
    }
  }

  read(byteOffset: number, byteLength: number, options: ReadOptions = {}): MaybePromise<Buffer> {
    return attempt(() => {
      const target = this.#target(byteOffset, byteLength, options)
      if (options.isBulk === true || !this.isImmediate(byteLength)) {
        return this.#later(() => this.#fill(target, byteOffset, options.signal))
      }
      const startMs = performance.now()
      this.#fillSync(target, byteOffset)
      this.#blockingReads.note(startMs, performance.now())
      return target
    })
  }

  isImmediate(byteLength: number): boolean {
    return byteLength <= MAX_IMMEDIATE_BYTES && this.#blockingReads.isAllowed(performance.now())
  }

  readSync(byteOffset: number, byteLength: number): Buffer {
    const target = this.#target(byteOffset, byteLength, {})
    this.#fillSync(target, byteOffset)
    return target
  }

  checkUnchanged(): MaybePromise<void> {
    return attempt(() => {
      this.#requireOpen()
      if (!this.isImmediate(0)) return this.#later(async () => this.#requireSame(await this.#stat()))
      const found = identityOf(fstatSync(this.#fd, { bigint: true }))
      return this.#isSame(found) ? undefined : this.#later(() => this.#requireSame(found))
    })
  }

  /** Refuses new reads at once, waits for those in flight, then closes. May be called more than once. */
  close(): Promise<void> {
    this.#isClosing = true
    this.#closed ??= this.#whenIdle().then(() => closeFile(this.#fd))
    return this.#closed
  }

  /** The file stays open until the work is done. */
  async #later<T>(work: () => Promise<T>): Promise<T> {
    this.#readsInFlight++
    try {
      return await work()
    } finally {
      this.#readsInFlight--
      if (this.#readsInFlight === 0) this.#onIdle?.()
    }
  }

  async #stat(): Promise<ByteIdentity> {
    return identityOf(await statFile(this.#fd, { bigint: true }))
  }

  async #requireSame(found: ByteIdentity): Promise<void> {
    if (this.#isSame(found)) return
    // All who ask meanwhile wait for the same comparison.
    this.#comparing ??= this.#compare(found).finally(() => {
      this.#comparing = undefined
    })
    await this.#comparing
  }

  /** False when only the content can tell. @throws ZipzarrError STORE_CHANGED */
  #isSame(found: ByteIdentity): boolean {
    const known = { ...this.identity, ctimeNs: this.#ctimeNs }
    const field = identityDifference(known, found)
    if (field === undefined) return true
    if (field === 'ctimeNs' && this.#isSameContent !== undefined) return false
    throw changed(`${field} was ${known[field]}, now ${found[field]}`)
  }

  async #compare({ ctimeNs }: ByteIdentity): Promise<void> {
    if ((await this.#isSameContent?.(this)) !== true) throw changed('its central directory is another one')
    this.#ctimeNs = ctimeNs
  }

  #whenIdle(): Promise<void> {
    if (this.#readsInFlight === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.#onIdle = resolve
    })
  }

  #requireOpen(): void {
    if (this.#isClosing) throw new ZipzarrError('STORE_UNAVAILABLE', 'the archive has been closed')
  }

  #target(byteOffset: number, byteLength: number, options: ReadOptions): Buffer {
    this.#requireOpen()
    options.signal?.throwIfAborted()
    if (
      !Number.isSafeInteger(byteOffset) ||
      !Number.isSafeInteger(byteLength) ||
      byteOffset < 0 ||
      byteLength < 0
    )
      throw new ZipzarrError('READ_FAILED', `not a byte range: offset ${byteOffset}, length ${byteLength}`)
    // Past the end of what was opened: refused before memory is taken.
    if (byteOffset + byteLength > this.size)
      throw new ZipzarrError(
        'READ_FAILED',
        `${byteLength} bytes at ${byteOffset} reach past the end (${this.size})`,
      )
    const into = options.into
    if (into === undefined) return Buffer.allocUnsafe(byteLength)
    if (into.length < byteLength)
      throw new ZipzarrError('READ_FAILED', `${byteLength} bytes do not fit into ${into.length}`)
    return into.length === byteLength ? into : into.subarray(0, byteLength)
  }

  async #fill(target: Buffer, byteOffset: number, signal: AbortSignal | undefined): Promise<Buffer> {
    for (let done = 0; done < target.length; ) {
      signal?.throwIfAborted()
      const count = await readPiece(this.#fd, target, done, pieceLength(target, done), byteOffset + done)
      if (count === 0) throw shortRead(target.length, done)
      done += count
    }
    return target
  }

  #fillSync(target: Buffer, byteOffset: number): void {
    for (let done = 0; done < target.length; ) {
      const count = readPieceSync(this.#fd, target, done, pieceLength(target, done), byteOffset + done)
      if (count === 0) throw shortRead(target.length, done)
      done += count
    }
  }
}

/** What `stat` with `bigint` says. */
export function identityOf(stats: BigIntStats): ByteIdentity {
  const { size, mtimeNs, ctimeNs, ino } = stats
  return { size: Number(size), mtimeNs: String(mtimeNs), ctimeNs: String(ctimeNs), inode: String(ino) }
}

function changed(how: string): ZipzarrError {
  return new ZipzarrError('STORE_CHANGED', `the archive is not the one that was indexed: ${how}`)
}

function shortRead(expected: number, found: number): ZipzarrError {
  return new ZipzarrError('STORE_CHANGED', `the file ended early: expected ${expected} bytes, found ${found}`)
}
