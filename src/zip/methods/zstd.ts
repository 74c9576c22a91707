// Method 93, Zstandard: by node:zlib where Node has it (22.15), else by our kernel.
import type { Transform } from 'node:stream'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { decodeZstd } from '../../kernels/zstd.js'
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

const FAULTS = {
  '-1': 'it is damaged',
  '-2': 'a frame does not have its checksum',
  '-3': 'it is longer',
  '-4': 'it needs a dictionary',
}

export const zstd: Method = {
  name: 'zstd',
  maxByteLength: createBuiltIn === undefined ? MAX_WASM_BYTES : Number.MAX_SAFE_INTEGER,
  async inflate(stored, byteLength) {
    if (decompressBuiltIn !== undefined)
      return decompressBuiltIn(stored, { maxOutputLength: Math.max(byteLength, 1) })
    const value = decodeZstd(stored, byteLength, { allocate: Buffer.allocUnsafe })
    if (typeof value === 'number') throw new Error(FAULTS[value])
    return value as Buffer
  },
  ...(createBuiltIn !== undefined && {
    inflatePieces: (stored: AsyncIterable<Buffer>) =>
      piecesThrough(createBuiltIn({ chunkSize: PIECE_BYTES }), stored),
  }),
}
