// Fill values as what they are in memory: the little-endian bytes of one item, or one variable-length value.

/**
 * `bytes` is exactly one decoded item, little-endian. `isDefined` is false where the metadata says null or
 * nothing (v2): zeros, or "not a time", are then only a convention. `value` is for the variable-length kinds.
 */
export type FillValue =
  | { readonly kind: 'fixed'; readonly bytes: Uint8Array; readonly isDefined: boolean }
  | { readonly kind: 'variable'; readonly value: VariableValue; readonly isDefined: boolean }

/** One decoded item of a variable-length array: text, bytes, or the JSON value an object codec yields. */
export type VariableValue = unknown
