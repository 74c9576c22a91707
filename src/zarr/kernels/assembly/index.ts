// Entry of the WASM kernels: LZ4 and BloscLZ streams, unshuffle, strided copies. Pointers are byte
// offsets into the imported memory; every kernel is told where its input and output end.
export function version(): i32 {
  return 1;
}
