// JSON as Zarr writers really write it. Knows nothing of Zarr.

/** JSON as parsed here: integers beyond 2^53 are bigint, NaN and infinities are numbers. */
export type Json = null | boolean | number | bigint | string | Json[] | JsonObject
export interface JsonObject {
  [name: string]: Json
}

export function parseJson(_text: string | Uint8Array): Json {
  throw new Error('stub')
}
export interface StringifyOptions {
  nonFinite?: 'string' | 'null' | 'python'
}
export function stringifyJson(_value: Json, _options: StringifyOptions = {}): string {
  throw new Error('stub')
}
