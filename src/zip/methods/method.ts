// What a compression method is to the reader of entries. One file per method beside this one.

/** Turns an entry's stored bytes into its value; the declared length bounds the memory it may take. */
export interface Method {
  readonly name: string
  /** Longest value it decodes; longer ones are refused before memory is taken. */
  readonly maxByteLength: number
  /** Throws, whatever the error, when the bytes cannot be decoded; the length is checked by the caller. */
  inflate(stored: Buffer, byteLength: number): Promise<Buffer>
  /** The same without waiting, where that is possible. */
  inflateSync?(stored: Buffer, byteLength: number): Buffer
  /**
   * The value piece by piece, off the event loop and in memory that does not grow with it, where that is possible.
   * How long it becomes is for the caller to watch.
   */
  inflatePieces?(stored: AsyncIterable<Buffer>): AsyncIterable<Buffer>
}

/** A decoder in WASM memory holds input and output there, all at once, and on the event loop. */
export const MAX_WASM_BYTES = 64 * 1024 * 1024
