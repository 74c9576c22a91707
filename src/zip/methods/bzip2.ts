// Method 12, bzip2: CPython's zipfile writes it.
import { decodeBzip2 } from '../../kernels/bzip2.js'
import { MAX_WASM_BYTES, type Method } from './method.js'

const FAULTS = { '-1': 'it is damaged', '-2': 'a block does not have its checksum', '-3': 'it is longer' }

export const bzip2: Method = {
  name: 'bzip2',
  maxByteLength: MAX_WASM_BYTES,
  async inflate(stored, byteLength) {
    const value = decodeBzip2(stored, byteLength, { allocate: Buffer.allocUnsafe })
    if (typeof value === 'number') throw new Error(FAULTS[value])
    return value as Buffer
  },
}
