// The schemas of JSON answers about stores, problems and probes, as named components of the OpenAPI document.
import { Type } from 'typebox'
import { ERRORS, type ErrorCode } from '../../src/errors.js'
import { Count, FormatNumber, UnreachableKeys } from './parts.js'

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Where the code is explained' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'What was expected, what was found, where' }),
    code: Type.Enum(Object.keys(ERRORS) as ErrorCode[], { type: 'string', description: 'Stable error code' }),
    requestId: Type.String(),
  },
  // Said outright: what a schema leaves open, openapi-generator takes for closed, and its Go client refuses the facts.
  {
    $id: 'Problem',
    description: 'RFC 9457 problem document; more members are typed facts',
    additionalProperties: true,
  },
)

const StoreFormat = Type.Unsafe<2 | 3 | null>({
  ...FormatNumber,
  type: ['integer', 'null'],
  description: 'Format of the root node; null when nothing Zarr lies at the root, or not known yet',
})

const EmptyReason = Type.Optional(
  Type.String({ description: 'Why no Zarr node is found in the archive; absent when there is one' }),
)

export const StoreState = Type.Enum(['indexing', 'ready', 'failed'], { $id: 'StoreState', type: 'string' })

export const StoreLocation = Type.Object(
  { root: Type.String(), path: Type.String() },
  { $id: 'StoreLocation', description: 'Name of a data root, and the path of the archive below it' },
)

export const StoreFingerprint = Type.Object(
  {
    size: Count,
    mtimeNs: Type.String(),
    ctimeNs: Type.String(),
    inode: Type.String(),
    endRecord: Type.String({ description: 'End-of-central-directory record, hex' }),
  },
  { $id: 'StoreFingerprint', description: 'What tells this state of the archive from another' },
)

export const StoreProgress = Type.Object(
  { entries: Count, totalEntries: Count },
  { $id: 'StoreProgress', description: 'How far indexing is' },
)

export const Failure = Type.Object(
  { code: Type.String(), message: Type.String() },
  { $id: 'Failure', description: 'Why a store or a node cannot be read' },
)

export const StoreSummary = Type.Object(
  {
    id: Type.String(),
    state: Type.Ref('StoreState'),
    zarrFormat: StoreFormat,
    revision: Count,
    location: Type.Ref('StoreLocation'),
    emptyReason: EmptyReason,
  },
  { $id: 'StoreSummary' },
)

export const StoreList = Type.Object(
  { stores: Type.Array(Type.Ref('StoreSummary')), nextCursor: Type.Optional(Type.String()) },
  { $id: 'StoreList' },
)

export const Store = Type.Object(
  {
    id: Type.String(),
    state: Type.Ref('StoreState'),
    zarrFormat: StoreFormat,
    revision: Count,
    location: Type.Ref('StoreLocation'),
    rootPrefix: Type.Optional(Type.String({ description: 'Folder inside the archive that is the root' })),
    fingerprint: Type.Optional(Type.Ref('StoreFingerprint')),
    entryCount: Type.Optional(Count),
    keyCount: Type.Optional(Type.Integer({ ...Count, description: 'Keys of the store that listings show' })),
    skippedNames: Type.Optional(
      Type.Record(Type.String(), Count, {
        description:
          'Entries of the archive that listings do not show, by reason: `folder`, `litter` (`.DS_Store`, `._*` and `__MACOSX/`, served when asked for), and names that can be no key (`empty`, `absolute`, `emptyPart`, `dotPart`, `forbiddenCharacter`, `tooLong`, `undecodable`)',
      }),
    ),
    emptyReason: EmptyReason,
    topNames: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Beside `emptyReason`: the first names at the root of the store, folders with a slash',
      }),
    ),
    arrayCount: Type.Optional(Count),
    groupCount: Type.Optional(Count),
    unreachableKeys: UnreachableKeys,
    progress: Type.Optional(Type.Ref('StoreProgress')),
    error: Type.Optional(Type.Ref('Failure')),
  },
  { $id: 'Store' },
)

export const Health = Type.Object(
  { status: Type.Enum(['ok', 'starting', 'draining'], { type: 'string' }) },
  { $id: 'Health' },
)
