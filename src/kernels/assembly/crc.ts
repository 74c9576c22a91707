// CRC-32C (Castagnoli, RFC 3720), eight bytes a step from eight tables.
const CASTAGNOLI: u32 = 0x82f63b78
const TABLES_LENGTH: usize = 8 * 256 * 4
const TABLES: usize = memory.data(8192, 16)

function buildTables(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let crc = i
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CASTAGNOLI : crc >>> 1
    store<u32>(TABLES + (i << 2), crc)
  }
  for (let at: usize = 1024; at < TABLES_LENGTH; at += 4) {
    const previous = load<u32>(TABLES + at - 1024)
    store<u32>(TABLES + at, (previous >>> 8) ^ load<u32>(TABLES + ((previous & 255) << 2)))
  }
}

@inline
function lookUp(number: usize, value: u32): u32 {
  return load<u32>(TABLES + (number << 10) + (<usize>(value & 255) << 2))
}

export function crc32c(input: usize, inputEnd: usize): u32 {
  // Entry 1 of a table that was built is never 0.
  if (load<u32>(TABLES + 4) == 0) buildTables()
  let crc: u32 = 0xffffffff
  let ip = input
  while (inputEnd - ip >= 8) {
    const low = load<u32>(ip) ^ crc
    const high = load<u32>(ip + 4)
    crc =
      lookUp(7, low) ^ lookUp(6, low >>> 8) ^
      lookUp(5, low >>> 16) ^ lookUp(4, low >>> 24) ^
      lookUp(3, high) ^ lookUp(2, high >>> 8) ^
      lookUp(1, high >>> 16) ^ lookUp(0, high >>> 24)
    ip += 8
  }
  while (ip < inputEnd) crc = (crc >>> 8) ^ lookUp(0, crc ^ <u32>load<u8>(ip++))
  return crc ^ 0xffffffff
}
