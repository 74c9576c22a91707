// Entry of the WASM kernels: what TypeScript may call. Pointers are byte offsets into the imported memory.
// Every decoder is told where its input and its output end, fills the whole output or fails, and leaves at
// least 64 bytes of slack after each region to its caller (see ../kernels.ts).
export { bitUnshuffle } from './bitshuffle'
export { blosclzDecode } from './blosclz'
export { bzip2Decode } from './bzip2'
export { crc32c } from './crc'
export { crc64 } from './crc64'
export { gather } from './gather'
export { lz4Decode } from './lz4'
export { lzmaDecode, lzmaProduced, lzmaReset } from './lzma'
export { pcodecDecode, pcodecWorkBytes } from './pcodec'
export { unshuffle } from './shuffle'
export { zstdDecode } from './zstd'
export { zfpDecode, zfpSetShape } from './zfp'
export { snappyDecode } from './snappy'

/** First byte after the kernels' own tables; everything from here on belongs to the caller. */
export function freeMemoryStart(): usize {
  return __heap_base
}
