// CRC-32C (Castagnoli, RFC 3720) and CRC-32 (ISO 3309, as in ZIP), eight bytes a step from eight tables.
const CASTAGNOLI: u32 = 0x82f63b78
const ISO: u32 = 0xedb88320
const TABLES_LENGTH: usize = 8 * 256 * 4
const CASTAGNOLI_TABLES: usize = memory.data(8192, 16)
const ISO_TABLES: usize = memory.data(8192, 16)

function buildTables(tables: usize, polynomial: u32): void {
  for (let i: u32 = 0; i < 256; i++) {
    let crc = i
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    store<u32>(tables + (i << 2), crc)
  }
  for (let at: usize = 1024; at < TABLES_LENGTH; at += 4) {
    const previous = load<u32>(tables + at - 1024)
    store<u32>(tables + at, (previous >>> 8) ^ load<u32>(tables + ((previous & 255) << 2)))
  }
}

@inline
function lookUp(tables: usize, number: usize, value: u32): u32 {
  return load<u32>(tables + (number << 10) + (<usize>(value & 255) << 2))
}

@inline
function crc(tables: usize, input: usize, inputEnd: usize): u32 {
  let crc: u32 = 0xffffffff
  let ip = input
  while (inputEnd - ip >= 8) {
    const low = load<u32>(ip) ^ crc
    const high = load<u32>(ip + 4)
    crc =
      lookUp(tables, 7, low) ^ lookUp(tables, 6, low >>> 8) ^
      lookUp(tables, 5, low >>> 16) ^ lookUp(tables, 4, low >>> 24) ^
      lookUp(tables, 3, high) ^ lookUp(tables, 2, high >>> 8) ^
      lookUp(tables, 1, high >>> 16) ^ lookUp(tables, 0, high >>> 24)
    ip += 8
  }
  while (ip < inputEnd) crc = (crc >>> 8) ^ lookUp(tables, 0, crc ^ <u32>load<u8>(ip++))
  return crc ^ 0xffffffff
}

export function crc32c(input: usize, inputEnd: usize): u32 {
  // Entry 1 of a table that was built is never 0.
  if (load<u32>(CASTAGNOLI_TABLES + 4) == 0) buildTables(CASTAGNOLI_TABLES, CASTAGNOLI)
  return crc(CASTAGNOLI_TABLES, input, inputEnd)
}

export function crc32(input: usize, inputEnd: usize): u32 {
  if (load<u32>(ISO_TABLES + 4) == 0) buildTables(ISO_TABLES, ISO)
  return crc(ISO_TABLES, input, inputEnd)
}
