// Method 12, bzip2 (CPython's zipfile writes it): @foxglove/wasm-bz2, loaded when the first such entry is read.
import type Bzip2 from '@foxglove/wasm-bz2'
import { MAX_WASM_BYTES, type Method } from './method.js'

let loading: Promise<Bzip2> | undefined

async function load(): Promise<Bzip2> {
  loading ??= import('@foxglove/wasm-bz2').then(module => module.default.init())
  try {
    return await loading
  } catch (error) {
    loading = undefined
    throw error
  }
}

export const bzip2: Method = {
  name: 'bzip2',
  maxByteLength: MAX_WASM_BYTES,
  async inflate(stored, byteLength) {
    const decoder = await load()
    // The package takes memory for exactly the declared length and fails when the output is longer.
    return Buffer.from(decoder.decompress(stored, Math.max(byteLength, 1)).buffer)
  },
}
