// The one configuration schema: defaults, checks and the type come from here, and so do the command line's
// flags, environment variables and help (src/cli/options.ts) and README's table. Knows no command line.
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'

/** How the text of a flag or variable becomes the value (src/cli/options.ts). */
export type OptionKind = 'text' | 'count' | 'bytes' | 'duration' | 'flag' | 'list' | 'keys'

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB
const SECOND = 1000
/** setTimeout's own limit; a longer wait would fire at once. */
const MAX_DURATION_MS = 2 ** 31 - 1

function text(description: string, value?: string) {
  return Type.String({
    kind: 'text',
    minLength: 1,
    description,
    ...(value !== undefined && { default: value }),
  })
}

function count(description: string, bounds: { minimum: number; maximum: number; default?: number }) {
  return Type.Integer({ kind: 'count', description, ...bounds })
}

function bytes(description: string, value: number, minimum = 1) {
  return Type.Integer({
    kind: 'bytes',
    description,
    minimum,
    maximum: Number.MAX_SAFE_INTEGER,
    default: value,
  })
}

function duration(description: string, value: number, minimum = 0) {
  return Type.Integer({ kind: 'duration', description, minimum, maximum: MAX_DURATION_MS, default: value })
}

function oneOf<const Names extends string[]>(description: string, names: Names, value: Names[number]) {
  return Type.Unsafe<Names[number]>(Type.Enum(names, { kind: 'text', description, default: value }))
}

/** A bearer key and what it opens: `admin` may also register and remove stores. */
const API_KEY = Type.Object(
  { scope: Type.Enum(['read', 'admin']), key: Type.String({ minLength: 8, maxLength: 512 }) },
  { additionalProperties: false },
)
export type ApiKey = Static<typeof API_KEY>

/**
 * Every option. The order is that of `--help` and of README. `kind` says how text becomes the value;
 * durations are milliseconds and sizes bytes once they are here.
 */
export const CONFIG_SCHEMA = Type.Object(
  {
    paths: Type.Array(Type.String({ minLength: 1 }), {
      kind: 'list',
      default: [],
      description: 'ZIP archives, and folders scanned for them; none: the bundled sample',
    }),
    host: text('Address to listen on', '127.0.0.1'),
    port: count('Port to listen on; 0 takes a free one', { minimum: 0, maximum: 65535, default: 8080 }),
    workers: count('Worker processes; default: one per core, at least 2', { minimum: 1, maximum: 256 }),
    spareWorkers: count('Workers on standby, which replace one that dies in milliseconds', {
      minimum: 0,
      maximum: 16,
      default: 1,
    }),
    scheduling: oneOf(
      'Who hands connections to workers: "shared" (the system; no connection is lost when a worker dies, busy workers shed some to idle ones) or "round-robin" (even from the start)',
      ['shared', 'round-robin'],
      'shared',
    ),
    cacheDir: text('Folder for index files; "none" keeps every index in memory; default: a folder per user'),
    stateDir: text(
      'Folder for registrations, which outlive a restart; "none" refuses them; default: beside the cache folder',
    ),
    adminPort: Type.Optional(
      count('Port for health and metrics of the whole cluster; default: off', { minimum: 0, maximum: 65535 }),
    ),
    adminHost: text('Address of the admin port', '127.0.0.1'),
    logLevel: oneOf(
      'Least severe level that is logged',
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'info',
    ),
    accessLog: Type.Boolean({ kind: 'flag', default: false, description: 'Log one line per request' }),
    corsOrigin: text('Origin that browsers may call from; "*" is any, "none" is no CORS at all', '*'),
    cacheControl: text('Cache-Control of data answers; they all carry a strong ETag', 'no-cache'),
    apiKeys: Type.Array(API_KEY, {
      kind: 'keys',
      default: [],
      description:
        'Bearer keys as read:KEY or admin:KEY; a read key closes reading, an admin key allows registering and removing stores',
    }),
    maxResponseBytes: bytes('Largest array answer, before any encoding', GIB),
    maxJsonBytes: bytes('Largest array answer that is written as JSON, as raw bytes', 16 * MIB),
    maxChunkBytes: bytes('Largest chunk that is decoded; arrays with larger ones are refused', 512 * MIB),
    maxChunksPerRequest: count('Chunks (inner chunks of shards) that one array answer may touch', {
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      default: 1_048_576,
    }),
    chunkCacheBytes: bytes('Decoded chunks a worker keeps in memory; 0 keeps none', 64 * MIB, 0),
    valueCacheBytes: bytes('Stored values a worker keeps in memory; 0 keeps none', 96 * MIB, 0),
    metadataCacheBytes: bytes(
      'What else a worker keeps in memory, together: opened arrays, metadata documents, prepared heads and slices, shard indexes, inflated values, directory pages',
      64 * MIB,
      MIB,
    ),
    maxOpenStores: count('Archives a worker holds open; the least recently used is closed', {
      minimum: 1,
      maximum: 100_000,
      default: 256,
    }),
    maxConnections: Type.Optional(
      count('Connections a worker accepts; default: what its file descriptors allow', {
        minimum: 1,
        maximum: 1_000_000,
      }),
    ),
    rescanMs: duration(
      'How often folders are scanned again, beside the system’s change events',
      5 * SECOND,
      100,
    ),
    openDeadlineMs: duration('Longest wait for a worker to open a store', 5 * SECOND, 100),
    requestTimeoutMs: duration('Longest wait for a whole request to arrive', 30 * SECOND, 100),
    headersTimeoutMs: duration('Longest wait for the headers of a request', 10 * SECOND, 100),
    keepAliveTimeoutMs: duration('How long an idle connection is kept', 65 * SECOND, 100),
    writeStallMs: duration('How long a client may stop taking bytes before it is cut off', 60 * SECOND, 100),
    lameDuckMs: duration('How long a stopping worker still listens, closing connections one by one', SECOND),
    drainDeadlineMs: duration('How long a stopping worker may finish its answers', 30 * SECOND),
  },
  { additionalProperties: false },
)

export type Config = Static<typeof CONFIG_SCHEMA>

/** A configuration that cannot be used: which option, and what it must be. */
export class ConfigError extends Error {
  readonly option: string
  readonly expected: string

  constructor(option: string, expected: string) {
    super(`${option}: expected ${expected}`)
    this.name = 'ConfigError'
    this.option = option
    this.expected = expected
  }
}

/**
 * Fills in the defaults and checks every value.
 * @throws ConfigError naming the first option that cannot be used
 */
export function resolveConfig(given: Partial<Config> = {}): Config {
  const unknown = Object.keys(given).find(name => !Object.hasOwn(CONFIG_SCHEMA.properties, name))
  if (unknown !== undefined) throw new ConfigError(unknown, 'an option of this service')
  const config = Value.Default(CONFIG_SCHEMA, {
    ...machineDefaults(),
    stateDir: defaultStateDir(given.cacheDir),
    ...structuredClone(given),
  })
  if (Value.Check(CONFIG_SCHEMA, config)) return config
  const place = Value.Errors(CONFIG_SCHEMA, config)[0]?.instancePath.split('/')[1] ?? ''
  throw new ConfigError(place, expectation(place))
}

/** Defaults that depend on the machine. Two workers even on one core: one serves while the other is replaced. */
function machineDefaults(): Pick<Config, 'workers' | 'cacheDir'> {
  return { workers: Math.max(2, availableParallelism()), cacheDir: defaultCacheDir() }
}

function defaultCacheDir(): string {
  const xdg = process.env.XDG_CACHE_HOME
  if (xdg?.startsWith('/')) return join(xdg, 'zipzarr')
  // Per user: a folder shared by all users of /tmp would let one plant index files for another.
  return join(tmpdir(), `zipzarr-${process.getuid?.() ?? 'user'}`)
}

/** Not in the cache folder: whoever empties a cache loses nothing. */
function defaultStateDir(cacheDir: string | undefined): string {
  if (cacheDir !== undefined && cacheDir !== 'none') return `${resolve(cacheDir)}-state`
  const xdg = process.env.XDG_STATE_HOME
  return xdg?.startsWith('/') ? join(xdg, 'zipzarr') : `${defaultCacheDir()}-state`
}

/** What a value of the option must be, in words. */
export function expectation(option: string): string {
  const schema: Record<string, unknown> = { ...CONFIG_SCHEMA.properties[option as keyof Config] }
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.join(', ')}`
  const from = Number(schema.minimum)
  const to = Number(schema.maximum)
  switch (schema.kind as OptionKind) {
    case 'count':
      return `a whole number from ${from} to ${to}`
    case 'bytes':
      return `a size from ${from} B to 8 PiB, such as 16MiB`
    case 'duration':
      return `a time from ${from} ms to 24 days, such as 500ms or 30s`
    case 'flag':
      return 'true or false'
    case 'keys':
      return 'read:KEY or admin:KEY, each key of 8 to 512 characters'
    default:
      return 'text that is not empty'
  }
}
