// The modes of pco: how numbers are joined from one or two latents, and the order-preserving maps between
// numbers and latents. (pco's docs/format.md: Modes)
import { Variable } from './pcodec-latents'

export const UNSIGNED: u32 = 0
export const SIGNED: u32 = 1
export const FLOAT: u32 = 2

/** A latent is a number with its order kept: toggle the sign of what is signed, and all of a negative float. */
@inline
function fromOrdered<L>(latent: L, kind: u32): L {
  const middle = (<L>1) << <L>(sizeof<L>() * 8 - 1)
  if (kind == UNSIGNED) return latent
  if (kind == FLOAT && !(latent & middle)) return <L>~latent
  return <L>(latent ^ middle)
}

@inline
function toOrdered<L>(bits: L): L {
  const middle = (<L>1) << <L>(sizeof<L>() * 8 - 1)
  return bits & middle ? <L>~bits : <L>(bits ^ middle)
}

/** What is in `latents` are numbers in their order already. */
export function storeNumbers<L>(latents: usize, output: usize, count: u32, kind: u32): void {
  for (let i: usize = 0; i < count; i++) {
    store<L>(output + i * sizeof<L>(), fromOrdered<L>(<L>load<u64>(latents + (i << 3)), kind))
  }
}

export function joinMultiples(primary: Variable, secondary: Variable, base: u64, count: u32): void {
  for (let i: usize = 0; i < count; i++) {
    const at = primary.latents + (i << 3)
    store<u64>(at, load<u64>(at) * base + load<u64>(secondary.latents + (i << 3)))
  }
}

/** The secondary latent is the lowest `k` bits, counted away from zero. */
export function joinQuanta(primary: Variable, secondary: Variable, k: u32, count: u32): void {
  const signCutoff = primary.middle >> k
  const largest = ((<u64>1) << k) - 1
  for (let i: usize = 0; i < count; i++) {
    const at = primary.latents + (i << 3)
    const quantum = load<u64>(at)
    const low = load<u64>(secondary.latents + (i << 3))
    store<u64>(at, (quantum << k) + (quantum >= signCutoff ? low : largest - low))
  }
}

/** Latents are places in a dictionary of `length` items at `dictionary`. False when one is beyond it. */
export function lookUp<L>(primary: Variable, dictionary: usize, length: u32, count: u32): bool {
  for (let i: usize = 0; i < count; i++) {
    const at = primary.latents + (i << 3)
    const place = load<u64>(at)
    if (place >= <u64>length) return false
    store<u64>(at, <u64>load<L>(dictionary + <usize>place * sizeof<L>()))
  }
  return true
}

/** The bits of the whole float that latent `latent` stands for: beyond the mantissa, one latent is one ULP. */
@inline
function wholeFloat<L>(latent: L, mantissaDigits: u32, firstInexactBits: L): L {
  const middle = (<L>1) << <L>(sizeof<L>() * 8 - 1)
  const isNegative = latent < middle
  const magnitude = isNegative ? <L>(middle - 1 - latent) : <L>(latent - middle)
  const firstInexact = (<L>1) << <L>mantissaDigits
  let bits: L
  if (magnitude >= firstInexact) bits = <L>(firstInexactBits + (magnitude - firstInexact))
  else if (sizeof<L>() == 8) bits = <L>reinterpret<u64>(<f64>magnitude)
  else bits = sizeof<L>() == 4 ? <L>reinterpret<u32>(<f32>magnitude) : <L>toHalf(<f32>magnitude)
  return isNegative ? <L>(bits ^ middle) : bits
}

export function joinFloatMultiples64(primary: Variable, secondary: Variable, baseLatent: u64, count: u32): void {
  const base = reinterpret<f64>(fromOrdered<u64>(baseLatent, FLOAT))
  for (let i: usize = 0; i < count; i++) {
    const at = primary.latents + (i << 3)
    const bits = wholeFloat<u64>(load<u64>(at), 53, 0x4340000000000000)
    const factor = reinterpret<f64>(bits)
    // Not a number stays the one it is, but quiet, as processors have it.
    const product = isNaN(factor) ? bits | 0x0008000000000000 : reinterpret<u64>(factor * base)
    store<u64>(at, (toOrdered<u64>(product) + load<u64>(secondary.latents + (i << 3))) ^ primary.middle)
  }
}

export function joinFloatMultiples32(primary: Variable, secondary: Variable, baseLatent: u64, count: u32): void {
  const base = reinterpret<f32>(fromOrdered<u32>(<u32>baseLatent, FLOAT))
  for (let i: usize = 0; i < count; i++) {
    const at = primary.latents + (i << 3)
    const bits = wholeFloat<u32>(load<u32>(at), 24, 0x4b800000)
    const factor = reinterpret<f32>(bits)
    const product = isNaN(factor) ? bits | 0x00400000 : reinterpret<u32>(factor * base)
    store<u64>(at, (<u64>toOrdered<u32>(product) + load<u64>(secondary.latents + (i << 3))) ^ primary.middle)
  }
}

export function joinFloatMultiples16(primary: Variable, secondary: Variable, baseLatent: u64, count: u32): void {
  const base = fromHalf(fromOrdered<u16>(<u16>baseLatent, FLOAT))
  for (let i: usize = 0; i < count; i++) {
    const at = primary.latents + (i << 3)
    const bits = wholeFloat<u16>(load<u16>(at), 11, 0x6800)
    const isNan = (bits & 0x7fff) > 0x7c00
    // The product of two halves is exact as a float.
    const product = isNan ? <u16>(bits | 0x0200) : toHalf(fromHalf(bits) * base)
    store<u64>(at, (<u64>toOrdered<u16>(product) + load<u64>(secondary.latents + (i << 3))) ^ primary.middle)
  }
}

/** The base of a float mode is finite and not zero. */
export function isFloatBase(latent: u64, bits: u32): bool {
  if (bits == 64) return isBase<u64>(latent, 0x7ff0000000000000)
  if (bits == 32) return isBase<u32>(<u32>latent, 0x7f800000)
  return isBase<u16>(<u16>latent, 0x7c00)
}

function isBase<L>(latent: L, infinity: L): bool {
  const bits = fromOrdered<L>(latent, FLOAT)
  const magnitude = <L>(bits & (<L>~((<L>1) << <L>(sizeof<L>() * 8 - 1))))
  return magnitude > 0 && magnitude < infinity
}

function fromHalf(bits: u16): f32 {
  const sign = (<u32>bits & 0x8000) << 16
  const exponent = (<u32>bits >> 10) & 31
  const fraction = <u32>bits & 1023
  if (exponent == 31) return reinterpret<f32>(sign | 0x7f800000 | (fraction << 13))
  // Scaling by a power of two is exact, for subnormals too.
  if (exponent == 0) return copysign<f32>(<f32>fraction * <f32>5.9604644775390625e-8, reinterpret<f32>(sign | 0x3f800000))
  return reinterpret<f32>(sign | ((exponent + 112) << 23) | (fraction << 13))
}

/** The nearest half, ties to even; not for what is not a number. */
function toHalf(value: f32): u16 {
  const bits = reinterpret<u32>(value)
  const sign = <u16>((bits >> 16) & 0x8000)
  const magnitude = abs<f32>(value)
  if (magnitude >= 65520) return sign | 0x7c00
  // Below the smallest normal half, units are 2^-24.
  if (magnitude < <f32>6.103515625e-5) return sign | <u16>nearest<f32>(magnitude * 16777216)
  const rest = bits & 0x7fffffff
  return sign | <u16>((rest - (112 << 23) + 0xfff + ((rest >> 13) & 1)) >> 13)
}
