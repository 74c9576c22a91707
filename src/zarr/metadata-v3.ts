// v3 metadata documents.
import type { NodePath } from '../store/keys.js'
import type { Json } from './json.js'
import type { NodeMetadata } from './metadata.js'

export function parseNodeV3(_path: NodePath, _json: Json): NodeMetadata {
  throw new Error('stub')
}
