// v3 codec lists as plain specs: short forms expanded, aliases mapped. Knows no codec.
import type { Json } from './json.js'
import type { CodecSpec } from './metadata.js'
import type { Place } from './place.js'

export function parseCodecSpecs(_json: Json | undefined, _place: Place): CodecSpec[] {
  throw new Error('stub')
}
