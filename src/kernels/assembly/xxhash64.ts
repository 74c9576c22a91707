// XXH64 with seed 0, whose low half is zstd's content checksum.
const PRIME1: u64 = 0x9e3779b185ebca87
const PRIME2: u64 = 0xc2b2ae3d27d4eb4f
const PRIME3: u64 = 0x165667b19e3779f9
const PRIME4: u64 = 0x85ebca77c2b2ae63
const PRIME5: u64 = 0x27d4eb2f165667c5

@inline
function round(accumulator: u64, lane: u64): u64 {
  return rotl<u64>(accumulator + lane * PRIME2, 31) * PRIME1
}

@inline
function merge(hash: u64, accumulator: u64): u64 {
  return (hash ^ round(0, accumulator)) * PRIME1 + PRIME4
}

export function xxhash64(input: usize, inputEnd: usize): u64 {
  const length = <u64>(inputEnd - input)
  let ip = input
  let hash = PRIME5
  if (length >= 32) {
    let a = PRIME1 + PRIME2
    let b = PRIME2
    let c: u64 = 0
    let d: u64 = 0 - PRIME1
    const stop = inputEnd - 32
    do {
      a = round(a, load<u64>(ip))
      b = round(b, load<u64>(ip, 8))
      c = round(c, load<u64>(ip, 16))
      d = round(d, load<u64>(ip, 24))
      ip += 32
    } while (ip <= stop)
    hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18)
    hash = merge(merge(merge(merge(hash, a), b), c), d)
  }
  hash += length
  for (; inputEnd - ip >= 8; ip += 8) hash = rotl<u64>(hash ^ round(0, load<u64>(ip)), 27) * PRIME1 + PRIME4
  if (inputEnd - ip >= 4) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(ip) * PRIME1), 23) * PRIME2 + PRIME3
    ip += 4
  }
  for (; ip < inputEnd; ip++) hash = rotl<u64>(hash ^ (<u64>load<u8>(ip) * PRIME5), 11) * PRIME1
  hash = (hash ^ (hash >> 33)) * PRIME2
  hash = (hash ^ (hash >> 29)) * PRIME3
  return hash ^ (hash >> 32)
}
