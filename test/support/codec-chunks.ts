// Chunks as the reference implementations encode them (test/fixtures/write_*codecs.py), and what they decode to.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ChunkSpec, DecodedChunk } from '../../src/zarr/codecs/codec-pipeline.js'
import { parseDataTypeV2 } from '../../src/zarr/data-types/data-type-v2.js'
import { type Json, type JsonObject, parseJson } from '../../src/zarr/json/json.js'
import type { CodecSpec } from '../../src/zarr/metadata/metadata.js'
import { fixtures } from './paths.js'

export interface CodecChunk {
  readonly name: string
  readonly codecs: CodecSpec[]
  readonly spec: ChunkSpec
  readonly encoded: Uint8Array
  readonly sha256: string
}

type ChunkFile = 'chunks.json' | 'large-chunks.json' | 'number-chunks.json' | 'small-chunks.json'

export function codecChunks(file: ChunkFile): CodecChunk[] {
  const list = parseJson(readFileSync(`${fixtures}codecs/${file}`)) as JsonObject[]
  return list.map(chunk => ({
    name: String(chunk.name),
    codecs: chunk.codecs as unknown as CodecSpec[],
    spec: specOf(chunk.dtype, chunk.shape as number[]),
    encoded: new Uint8Array(Buffer.from(String(chunk.encoded), 'base64')),
    sha256: String(chunk.sha256),
  }))
}

export function specOf(dtype: Json, shape: readonly number[]): ChunkSpec {
  if (dtype === '|O') {
    const dataType = { name: '|O', kind: 'object', itemSize: 0, swapSize: 0 } as const
    return { shape, dataType, fillValue: { kind: 'variable', value: null, isDefined: true } }
  }
  const dataType = parseDataTypeV2(dtype, { path: '', member: 'dtype' })
  return {
    shape,
    dataType,
    fillValue: { kind: 'fixed', bytes: new Uint8Array(dataType.itemSize), isDefined: true },
  }
}

export function sha256(chunk: DecodedChunk): string {
  const bytes = chunk.kind === 'fixed' ? chunk.bytes : Buffer.from(JSON.stringify(chunk.values))
  return createHash('sha256').update(bytes).digest('hex')
}
