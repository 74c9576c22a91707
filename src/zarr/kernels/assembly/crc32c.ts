// CRC-32C (Castagnoli, RFC 3720), eight bytes a step from eight tables.
const POLYNOMIAL: u32 = 0x82f63b78
const TABLES: usize = memory.data(8 * 256 * 4, 16)
let isReady = false

function buildTables(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let crc = i
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    store<u32>(TABLES + (i << 2), crc)
  }
  for (let i: usize = 256; i < 8 * 256; i++) {
    const previous = load<u32>(TABLES + ((i - 256) << 2))
    store<u32>(TABLES + (i << 2), (previous >>> 8) ^ load<u32>(TABLES + ((previous & 255) << 2)))
  }
  isReady = true
}

@inline
function at(table: usize, value: u32): u32 {
  return load<u32>(TABLES + (table << 10) + (<usize>(value & 255) << 2))
}

export function crc32c(input: usize, inputEnd: usize): u32 {
  if (!isReady) buildTables()
  let crc: u32 = 0xffffffff
  let ip = input
  while (inputEnd - ip >= 8) {
    const low = load<u32>(ip) ^ crc
    const high = load<u32>(ip + 4)
    crc =
      at(7, low) ^ at(6, low >>> 8) ^ at(5, low >>> 16) ^ at(4, low >>> 24) ^
      at(3, high) ^ at(2, high >>> 8) ^ at(1, high >>> 16) ^ at(0, high >>> 24)
    ip += 8
  }
  while (ip < inputEnd) crc = (crc >>> 8) ^ at(0, crc ^ <u32>load<u8>(ip++))
  return crc ^ 0xffffffff
}
