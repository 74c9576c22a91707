// CRC-64 (ECMA-182), the default check of .xz files.
const POLYNOMIAL: u64 = 0xc96c5795d7870f42
const TABLE: usize = memory.data(2048, 16)

export function crc64(input: usize, inputEnd: usize): u64 {
  if (load<u64>(TABLE + 8) == 0) {
    for (let i: u64 = 0; i < 256; i++) {
      let crc = i
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1
      store<u64>(TABLE + (<usize>i << 3), crc)
    }
  }
  let crc: u64 = ~(<u64>0)
  for (let ip = input; ip < inputEnd; ip++) {
    crc = (crc >> 8) ^ load<u64>(TABLE + (<usize>(<u8>crc ^ load<u8>(ip)) << 3))
  }
  return ~crc
}
