// `msgpack2` and its predecessor `msgpack`: the chunk as one MessagePack list.
import type { JsonObject } from '../../metadata/metadata.js'
import type { ArrayToBytesCodec, ChunkSpec } from '../interface/codec.js'
import { boolean } from '../interface/configuration.js'
import { MessagePackReader } from './msgpack-reader.js'
import { objectChunk } from './object-list.js'

export function msgpackCodec(members: JsonObject, spec: ChunkSpec): ArrayToBytesCodec {
  const isRaw = boolean({ codec: 'msgpack2', members }, 'raw', false)
  return {
    kind: 'array-bytes',
    name: 'msgpack2',
    encodedByteLength: undefined,
    decode(encoded) {
      const list = new MessagePackReader('msgpack2', encoded, { isRaw }).readDocument()
      return objectChunk('msgpack2', list, spec)
    },
  }
}
