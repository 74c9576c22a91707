// Method 93, Zstandard: node:zlib where Node has it (22.15), else @foxglove/wasm-zstd, loaded on first use.
import type { Transform } from 'node:stream'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { MAX_WASM_BYTES, type Method } from './method.js'
import { PIECE_BYTES, piecesThrough } from './pieces.js'

type ZstdDecompress = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

/** Absent from the types of Node 20, so it is asked for by name. */
const builtIn = (zlib as Record<string, unknown>).zstdDecompress as
  | Parameters<typeof promisify>[0]
  | undefined
const createBuiltIn = (zlib as Record<string, unknown>).createZstdDecompress as
  | ((options: { chunkSize: number }) => Transform)
  | undefined
const decompressBuiltIn = builtIn === undefined ? undefined : (promisify(builtIn) as ZstdDecompress)

export const zstd: Method = {
  name: 'zstd',
  maxByteLength: createBuiltIn === undefined ? MAX_WASM_BYTES : Number.MAX_SAFE_INTEGER,
  async inflate(stored, byteLength) {
    if (decompressBuiltIn !== undefined)
      return decompressBuiltIn(stored, { maxOutputLength: Math.max(byteLength, 1) })
    const wasm = await import('@foxglove/wasm-zstd')
    await wasm.isLoaded
    // Takes memory for exactly the declared length and fails when the output is longer.
    return wasm.decompress(stored, Math.max(byteLength, 1))
  },
  ...(createBuiltIn !== undefined && {
    inflatePieces: (stored: AsyncIterable<Buffer>) =>
      piecesThrough(createBuiltIn({ chunkSize: PIECE_BYTES }), stored),
  }),
}
