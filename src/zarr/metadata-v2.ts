// v2 metadata documents.
import type { NodePath } from '../store/keys.js'
import type { Json } from './json.js'
import type { ArrayMetadata, GroupMetadata } from './metadata.js'

export function parseArrayV2(_path: NodePath, _zarray: Json, _zattrs?: Json): ArrayMetadata {
  throw new Error('stub')
}
export function parseGroupV2(_path: NodePath, _zgroup: Json | undefined, _zattrs?: Json): GroupMetadata {
  throw new Error('stub')
}
