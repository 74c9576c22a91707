// What several documents are made of.
import { Type } from 'typebox'

/** 64 bits wide: a client whose integers are 32 bits wide by default must not cut off sizes and shapes. */
export const Count = Type.Integer({ minimum: 0, format: 'int64' })

export const AnyObject = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true })

/** A plain integer, no enumeration: generators make unusable names of numbers, and of null no code at all. */
export const FormatNumber = { type: 'integer', minimum: 2, maximum: 3 } as const

export const UnreachableKeys = Type.Optional(
  Type.Integer({
    minimum: 1,
    format: 'int64',
    description:
      'Keys below arrays that are no chunk keys as the metadata spells them (another separator, say): no reader finds them. Absent when there are none',
  }),
)
