// What the primary and its workers say to each other: small plain-JSON control messages, schema-checked on
// arrival. Never array bytes, never anything JSON would change on the way (NaN, undefined, big integers).
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { CONFIG_SCHEMA } from '../config.js'
import type { RegistryChange, RegistrySnapshot } from '../registry/changes.js'

const COUNT = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const NAME = Type.String({ minLength: 1, maxLength: 4096 })
/** Records carry descriptors, which their reader checks field by field (store/descriptor.ts). */
const OPAQUE = { additionalProperties: true } as const

const SNAPSHOT = Type.Unsafe<RegistrySnapshot>(
  Type.Object({ epoch: NAME, revision: COUNT, records: Type.Array(Type.Object({}, OPAQUE)) }),
)
const CHANGE = Type.Unsafe<RegistryChange>(
  Type.Union([
    Type.Object({
      kind: Type.Literal('put'),
      epoch: NAME,
      revision: COUNT,
      record: Type.Object({}, OPAQUE),
    }),
    Type.Object({ kind: Type.Literal('remove'), epoch: NAME, revision: COUNT, id: NAME }),
  ]),
)

/** Everything a worker needs to serve; sent once, in answer to `loaded`. */
const INIT = Type.Object({
  type: Type.Literal('init'),
  config: CONFIG_SCHEMA,
  /**
   * Host and port resolved: the primary has bound them once already. `fd`: the socket itself is inherited as
   * this file descriptor.
   */
  listen: Type.Object({ host: NAME, port: COUNT, fd: Type.Optional(COUNT) }),
  maxConnections: Type.Optional(COUNT),
  /** Data roots by name. Absolute paths travel here, on one machine, and never in a descriptor. */
  dataRoots: Type.Array(Type.Tuple([NAME, NAME])),
  cacheDir: Type.Optional(NAME),
  snapshot: SNAPSHOT,
  /** Whether every archive of the first scan is ready or has failed; else `settled` follows. */
  isSettled: Type.Boolean(),
})

const REPLY = Type.Union([
  Type.Object({ ok: Type.Literal(true), value: Type.Optional(Type.Unknown()) }),
  Type.Object({
    ok: Type.Literal(false),
    error: Type.Object({
      code: NAME,
      message: Type.String(),
      facts: Type.Record(Type.String(), Type.Unknown()),
    }),
  }),
])

const TO_WORKER = Type.Union([
  INIT,
  Type.Object({ type: Type.Literal('snapshot'), snapshot: SNAPSHOT }),
  Type.Object({ type: Type.Literal('change'), change: CHANGE }),
  Type.Object({ type: Type.Literal('reply'), requestId: COUNT, result: REPLY }),
  /** Listen from now on: you have taken the place of a worker. */
  Type.Object({ type: Type.Literal('serve') }),
  /** Every archive of the first scan is ready or has failed. */
  Type.Object({ type: Type.Literal('settled') }),
  Type.Object({ type: Type.Literal('drain') }),
  /** Let so many of the next answers close their connections: another worker is idle. */
  Type.Object({ type: Type.Literal('shed'), count: COUNT }),
])

/** Gauges and counters of one worker at one moment (src/cluster/primary/metrics.ts names them). */
const METRICS = Type.Record(Type.String({ pattern: '^[a-z0-9_]{1,80}$' }), Type.Number(), {
  additionalProperties: false,
})

/** How busy the event loop was, and the connections at work meanwhile. */
const LOAD = Type.Object({ utilisation: Type.Number({ minimum: 0, maximum: 1 }), connections: COUNT })

const MUTATION = Type.Union([
  Type.Object({
    kind: Type.Literal('register'),
    request: Type.Object({
      id: Type.Optional(NAME),
      location: Type.Object({ root: Type.String({ maxLength: 4096 }), path: NAME }),
      root: Type.Optional(Type.String({ maxLength: 4096 })),
    }),
  }),
  Type.Object({ kind: Type.Literal('remove'), id: NAME }),
])

const TO_PRIMARY = Type.Union([
  /** The code is loaded and listens to messages: ready for `init`. */
  Type.Object({ type: Type.Literal('loaded') }),
  /** The application is built and the snapshot in place: `serve` would take milliseconds. */
  Type.Object({ type: Type.Literal('standby') }),
  /** Serving: the listening socket is there as well. */
  Type.Object({ type: Type.Literal('ready') }),
  /** Everything up to `revision` is served. */
  Type.Object({ type: Type.Literal('ack'), epoch: NAME, revision: COUNT }),
  /** A change is missing: send the snapshot. */
  Type.Object({ type: Type.Literal('resync') }),
  /** The archive of this store no longer fits the descriptor of this revision. */
  Type.Object({ type: Type.Literal('changed'), id: NAME, revision: COUNT }),
  /** The index file that the descriptor of this revision names is damaged. */
  Type.Object({ type: Type.Literal('index-damaged'), id: NAME, revision: COUNT }),
  Type.Object({ type: Type.Literal('mutate'), requestId: COUNT, mutation: MUTATION }),
  /** Sent every second, so it is the sign of life as well. */
  Type.Object({ type: Type.Literal('metrics'), values: METRICS }),
  /** Sent often while the worker is busy, and once when it is so no more. */
  Type.Object({ type: Type.Literal('load'), load: LOAD }),
  /** The start failed; the process ends after it. */
  Type.Object({ type: Type.Literal('failed'), reason: Type.String({ maxLength: 2000 }) }),
])

export type InitMessage = Static<typeof INIT>
export type MessageToWorker = Static<typeof TO_WORKER>
export type MessageToPrimary = Static<typeof TO_PRIMARY>
export type Mutation = Static<typeof MUTATION>
export type MutationReply = Static<typeof REPLY>
export type MetricValues = Static<typeof METRICS>
export type LoadValues = Static<typeof LOAD>

const toWorker = Compile(TO_WORKER)
const toPrimary = Compile(TO_PRIMARY)

/** @throws TypeError when it is not a message for a worker */
export function parseMessageToWorker(value: unknown): MessageToWorker {
  if (toWorker.Check(value)) return value
  throw new TypeError(`expected a message for a worker, found ${describe(value)}`)
}

/** @throws TypeError when it is not a message for the primary */
export function parseMessageToPrimary(value: unknown): MessageToPrimary {
  if (toPrimary.Check(value)) return value
  throw new TypeError(`expected a message for the primary, found ${describe(value)}`)
}

function describe(value: unknown): string {
  const type: unknown =
    typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  return typeof type === 'string' ? `a bad "${type.slice(0, 40)}"` : 'no message type'
}
