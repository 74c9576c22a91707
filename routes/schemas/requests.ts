// The schemas of requests, once: validation, types and the OpenAPI document all come from here.
import { Type } from 'typebox'
import { apiKey, as, count, cursor, DEPTH, FLAG, limit, path, STRICT, StoreParams } from './parameters.js'
import { ARCHIVE_PATH_PATTERN, NODE_PATH_PATTERN, STORE_PATH_PATTERN } from './patterns.js'

export const StoresQuery = Type.Object({ limit, cursor, api_key: apiKey }, STRICT)
export const PathQuery = Type.Object({ path, api_key: apiKey }, STRICT)
export const KeyQuery = Type.Object({ api_key: apiKey }, STRICT)
/** Faces that other clients speak take whatever parameters they add. */
export const OpenQuery = Type.Object({ api_key: apiKey })

export const ZarrParams = Type.Object({
  ...StoreParams.properties,
  '*': Type.String({
    description: 'Store key; slashes stand as they are or as `%2F`. Empty or ending in `/`: an HTML index',
    documented: { example: 'zarr.json', pattern: STORE_PATH_PATTERN },
  }),
})
export const ZarrQuery = Type.Object({
  consolidated: Type.Optional(
    Type.Enum(['true', 'false'], {
      ...FLAG,
      description:
        '`true`: put `consolidated_metadata` into a group’s `zarr.json`, or answer its `.zmetadata`, made from the index whatever is stored; strict JSON, NaN and infinities being `"NaN"`, `"Infinity"`, `"-Infinity"`',
    }),
  ),
  api_key: apiKey,
})

export const NodesQuery = Type.Object(
  {
    path,
    depth: Type.Optional(count('Levels below `path`: 1 is its children only', DEPTH)),
    limit,
    cursor: Type.Optional(
      Type.String({
        maxLength: 1024,
        description: '`nextCursor` of the page before',
        documented: { pattern: NODE_PATH_PATTERN },
      }),
    ),
    api_key: apiKey,
  },
  STRICT,
)

const registerLocation = Type.Object(
  {
    root: Type.String({ minLength: 1, maxLength: 255, description: 'Name of a configured data root' }),
    path: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'Path below it, `/`-separated',
      documented: { pattern: ARCHIVE_PATH_PATTERN },
    }),
  },
  STRICT,
)

const registerMembers = Type.Object(
  {
    id: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Store id: letters and digits of any script (composed, NFC), `.`, `_`, `~` and `-`, other than `.` and `..`; anything else is refused. Absent: made from the location',
      }),
    ),
    location: { ...registerLocation, ...as('RegisterLocation') },
    root: Type.Optional(
      Type.String({ maxLength: 1024, description: 'Folder inside the archive that is the store’s root' }),
    ),
  },
  STRICT,
)

export const RegisterLocation = { ...registerLocation, $id: 'RegisterLocation' }
export const RegisterBody = { ...registerMembers, ...as('RegisterRequest') }
export const RegisterRequest = { ...registerMembers, $id: 'RegisterRequest' }
