// The descriptor: how to reopen a read-only store in another process, as complete, versioned plain data.
// Says how it is written and checked; making one is in describe.ts, reopening in reopen.ts.
import { ZipzarrError } from '../../errors.js'
import { archivePathProblem, keyProblem, type StoreId, storeIdProblem } from '../keys.js'
import {
  integerIn,
  invalid,
  isRecord,
  matching,
  objectOf,
  oneOf,
  orNull,
  show,
  stringThat,
} from './descriptor-fields.js'

export const DESCRIPTOR_VERSION = 2

/**
 * Everything another process needs to reopen the store, and nothing else: no handle, no lock, no absolute
 * path (two containers mount the same data elsewhere). Legal only for read-only stores.
 */
export interface StoreDescriptor {
  readonly version: typeof DESCRIPTOR_VERSION
  readonly id: StoreId
  /** Data root by name and the path below it, `/`-separated. */
  readonly location: { readonly root: string; readonly path: string }
  /** Folder inside the archive that is the store's root; '' when it is the archive's own root. */
  readonly rootPrefix: string
  readonly readOnly: true
  /** Format of the root node; null when nothing Zarr lies at the root (implicit groups). */
  readonly zarrFormat: 2 | 3 | null
  /** Tells this state of the archive from any other. Numbers beyond 2^53 are decimal digits. */
  readonly fingerprint: {
    readonly size: number
    readonly mtimeNs: string
    /** Of the status change: of no other file and no other writing. */
    readonly ctimeNs: string
    readonly inode: string
    /** The end-of-central-directory record, hex. */
    readonly endRecord: string
  }
  readonly directory: {
    readonly byteOffset: number
    readonly byteLength: number
    /** Directory entries, duplicates included. */
    readonly entryCount: number
    readonly crc32: number
  }
  /** The shared index file by name and checksum; null name: no cache directory, each process keeps its own. */
  readonly index: { readonly name: string | null; readonly byteLength: number; readonly crc32: number }
  /** Registry revision that made this descriptor. */
  readonly revision: number
}

/** Longest descriptor text accepted, in UTF-16 code units: an end record with a full comment is 131,114 digits. */
export const MAX_DESCRIPTOR_LENGTH = 262_144

/** Largest unsigned 32-bit number. */
const MAX_UINT32 = 0xffff_ffff
/** The end-of-central-directory record is at least 22 and with its comment at most 65,557 bytes (APPNOTE 4.3.16). */
const END_RECORD_BYTES = { min: 22, max: 22 + 65_535 }
/** A directory record is at least 46 bytes (APPNOTE 4.3.12), so a count must fit its bytes. */
const MIN_DIRECTORY_RECORD_BYTES = 46

/**
 * Checks a descriptor that came from anywhere: every field present, of its exact type and in its one canonical
 * form, none beyond them, and the numbers consistent with each other. The answer is a frozen copy.
 * @throws ZipzarrError DESCRIPTOR_INVALID naming the field
 */
export function parseDescriptor(value: unknown): StoreDescriptor {
  checkVersion(value)
  const descriptor = descriptorField(value, 'descriptor') as StoreDescriptor
  const { directory, fingerprint } = descriptor
  if (directory.byteOffset + directory.byteLength > fingerprint.size) {
    throw invalid(
      'directory',
      'to end within the archive',
      `${directory.byteOffset} + ${directory.byteLength}`,
    )
  }
  if (directory.entryCount * MIN_DIRECTORY_RECORD_BYTES > directory.byteLength) {
    throw invalid('directory.entryCount', `to fit ${directory.byteLength} bytes`, directory.entryCount)
  }
  return descriptor
}

/** `parseDescriptor` of JSON text, as `serializeDescriptor` writes it. */
export function parseDescriptorText(text: string): StoreDescriptor {
  if (text.length > MAX_DESCRIPTOR_LENGTH) {
    throw invalid('descriptor', `at most ${MAX_DESCRIPTOR_LENGTH} characters`, `${text.length} characters`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ZipzarrError('DESCRIPTOR_INVALID', 'store descriptor: expected JSON text', { cause })
  }
  return parseDescriptor(value)
}

/** JSON text with the fields in their one order, so that equal descriptors are equal texts. */
export function serializeDescriptor(descriptor: StoreDescriptor): string {
  return JSON.stringify(parseDescriptor(descriptor))
}

/** A descriptor of another version has other fields: saying which field is wrong would mislead. */
function checkVersion(value: unknown): void {
  if (!isRecord(value)) throw invalid('descriptor', 'an object', value)
  if (!Object.hasOwn(value, 'version')) throw invalid('version', 'to be present', undefined)
  if (value.version !== DESCRIPTOR_VERSION) {
    const found = show(value.version)
    throw new ZipzarrError(
      'DESCRIPTOR_INVALID',
      `store descriptor: this service reads version ${DESCRIPTOR_VERSION}, found version ${found}`,
      { facts: { field: 'version', expected: DESCRIPTOR_VERSION } },
    )
  }
}

const descriptorField = objectOf({
  version: oneOf(DESCRIPTOR_VERSION),
  id: stringThat(storeIdProblem),
  location: objectOf({ root: stringThat(storeIdProblem), path: stringThat(archivePathProblem) }),
  rootPrefix: stringThat(text => (text === '' ? undefined : keyProblem(text))),
  readOnly: oneOf(true),
  zarrFormat: oneOf(2, 3, null),
  fingerprint: objectOf({
    size: integerIn(END_RECORD_BYTES.min, Number.MAX_SAFE_INTEGER),
    mtimeNs: stringThat(timeProblem),
    ctimeNs: stringThat(timeProblem),
    inode: stringThat(matching(/^(0|[1-9][0-9]{0,19})$/, 'decimal digits')),
    endRecord: stringThat(endRecordProblem),
  }),
  directory: objectOf({
    byteOffset: integerIn(0, Number.MAX_SAFE_INTEGER),
    byteLength: integerIn(0, Number.MAX_SAFE_INTEGER),
    entryCount: integerIn(0, Number.MAX_SAFE_INTEGER),
    crc32: integerIn(0, MAX_UINT32),
  }),
  index: objectOf({
    name: orNull(stringThat(matching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, 'a bare file name'))),
    byteLength: integerIn(1, Number.MAX_SAFE_INTEGER),
    crc32: integerIn(0, MAX_UINT32),
  }),
  revision: integerIn(1, Number.MAX_SAFE_INTEGER),
})

/** Nanoseconds as systems keep them: a signed number of 64 bits. */
function timeProblem(text: string): string | undefined {
  if (!/^(0|-?[1-9][0-9]{0,18})$/.test(text)) return 'it is not decimal digits'
  return BigInt.asIntN(64, BigInt(text)) === BigInt(text) ? undefined : 'it is no time'
}

function endRecordProblem(text: string): string | undefined {
  const byteLength = text.length / 2
  if (!Number.isInteger(byteLength) || !/^[0-9a-f]*$/.test(text)) return 'it is not pairs of hex digits'
  if (byteLength < END_RECORD_BYTES.min || byteLength > END_RECORD_BYTES.max)
    return `it has ${byteLength} bytes`
  return undefined
}
