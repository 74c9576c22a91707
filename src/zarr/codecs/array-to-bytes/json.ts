// `json2` and its predecessor `json`: the chunk as one JSON list.
import { parseJson } from '../../json/json.js'
import type { JsonObject } from '../../metadata/metadata.js'
import type { ArrayToBytesCodec, ChunkSpec } from '../interface/codec.js'
import { member } from '../interface/configuration.js'
import { codecFailed, codecUnsupported } from '../interface/failures.js'
import { objectChunk } from './object-list.js'

const ENCODINGS: readonly unknown[] = ['utf-8', 'utf8', 'ascii', 'us-ascii']

export function jsonCodec(members: JsonObject, spec: ChunkSpec): ArrayToBytesCodec {
  const encoding = member({ codec: 'json2', members }, 'encoding') ?? 'utf-8'
  if (!ENCODINGS.includes(encoding)) codecUnsupported('json2', `text in ${String(encoding)} is not supported`)
  return {
    kind: 'array-bytes',
    name: 'json2',
    encodedByteLength: undefined,
    decode(encoded) {
      return objectChunk('json2', parseText(encoded), spec)
    },
  }
}

function parseText(encoded: Uint8Array): unknown {
  try {
    return parseJson(encoded)
  } catch (cause) {
    return codecFailed('json2', cause instanceof Error ? cause.message : 'not JSON', {}, cause)
  }
}
