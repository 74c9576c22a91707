// The OpenAPI document: complete, the committed one, and true of the service under generated requests.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { COMPONENTS } from '../../routes/schemas/components.js'
import { ERRORS } from '../../src/errors.js'
import { repository } from '../support/paths.js'
import { ROOT_GROUP, serveEntries, smallArray } from '../support/service-client.js'

interface Parameter {
  readonly in: 'path' | 'query'
  readonly name: string
  readonly required?: boolean
  readonly schema: { readonly type?: string; readonly enum?: readonly string[]; readonly example?: string }
}

interface Operation {
  readonly operationId: string
  readonly description: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: object
  readonly responses: Record<string, { content?: Record<string, { schema: { $ref?: string } }> }>
}

interface Described extends Operation {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'DELETE'
}

function operationsOf(app: FastifyInstance): Described[] {
  const { paths } = app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> }
  return Object.entries(paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      url,
      method: method.toUpperCase() as Described['method'],
    })),
  )
}

const OPERATIONS = [
  'listStores',
  'registerStore',
  'getStore',
  'removeStore',
  'listNodes',
  'getMetadata',
  'getChunk',
  'getSlice',
  'postSlice',
  'getValue',
  'getArchive',
  'getLiveness',
  'getReadiness',
]

t.test('openapi.yaml is what the routes say', async t => {
  const { app } = await serveEntries(t, [])
  t.equal(app.swagger({ yaml: true }), readFileSync(`${repository}openapi.yaml`, 'utf8'))
  t.equal((await app.inject({ url: '/openapi.yaml' })).body, app.swagger({ yaml: true }))
  t.strictSame((await app.inject({ url: '/openapi.json' })).json(), JSON.parse(JSON.stringify(app.swagger())))
  t.match((await app.inject({ url: '/docs' })).body, /swagger-ui/)
})

t.test('every operation of the contract is there, described, with problems as its errors', async t => {
  const { app } = await serveEntries(t, [])
  const operations = operationsOf(app)
  t.strictSame(operations.map(operation => operation.operationId).sort(), [...OPERATIONS].sort())
  for (const { operationId, description, responses, url, parameters = [] } of operations) {
    t.ok(description.length > 20, operationId)
    t.notMatch(url, /\*/, 'a wildcard has a name')
    const inUrl = [...url.matchAll(/\{(\w+)\}/g)].map(match => match[1])
    const named = parameters.filter(parameter => parameter.in === 'path').map(parameter => parameter.name)
    t.strictSame(named.sort(), inUrl.sort(), operationId)
    const errors = Object.entries(responses).filter(([status]) => Number(status) >= 400)
    for (const [status, { content }] of operationId.endsWith('ness') ? [] : errors) {
      const reference = content?.['application/problem+json']?.schema.$ref
      t.equal(reference, '#/components/schemas/Problem', `${operationId} ${status}`)
    }
  }
})

t.test('the error codes are those of the table', async t => {
  const { app } = await serveEntries(t, [])
  const document = app.swagger() as unknown as {
    components: { schemas: { Problem: { properties: { code: { enum: string[] } } } } }
  }
  t.strictSame(document.components.schemas.Problem.properties.code.enum, Object.keys(ERRORS))
})

/** Text that is likely to be near something: valid parts, numbers at their edges, and hostile characters. */
const hostile = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e309',
    '9'.repeat(40),
    '0x10',
    'null',
    '__proto__',
    'constructor',
    '../..',
    '%',
    '\0',
    '\n',
  ),
  fc.constantFrom(
    'x',
    '/x',
    'x/',
    'g',
    '0,0',
    '1,1',
    '5,5',
    ':',
    '::2',
    '1:3,::-1',
    '[0,1],:',
    '...',
    '::0',
    '0:1:mean(2)',
  ),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ maxLength: 400 }),
)

function textFor({ schema }: Parameter): fc.Arbitrary<string> {
  const likely = [...(schema.enum ?? []), ...(schema.example === undefined ? [] : [String(schema.example)])]
  return likely.length === 0 ? hostile : fc.oneof(fc.constantFrom(...likely), hostile)
}

interface Asked {
  readonly operation: Described
  readonly url: string
  readonly headers: Record<string, string>
  readonly payload: object | undefined
}

const headers = fc.record(
  {
    accept: fc.constantFrom('*/*', 'application/json', 'image/png', 'x'),
    range: fc.constantFrom('bytes=0-1', 'bytes=-5', 'bytes=999999-', 'bytes=0-1,2-3', 'x'),
    'if-none-match': fc.constantFrom('*', '"x"', 'W/"x"'),
    'if-match': fc.constantFrom('*', '"x"'),
    'accept-encoding': fc.constantFrom('gzip', 'identity', '*;q=0'),
  },
  { requiredKeys: [] },
)

function requestOf(operation: Described): fc.Arbitrary<Asked> {
  const parameters = operation.parameters ?? []
  const inPath = parameters.filter(parameter => parameter.in === 'path')
  const inQuery = parameters.filter(parameter => parameter.in === 'query')
  const pathValues = fc.tuple(
    ...inPath.map(({ name }) =>
      // Dot segments would be resolved away by the client and ask for another route.
      fc
        .oneof(fc.constant(name === 'storeId' ? 'a' : 'x/c/0/0'), hostile)
        .filter(text => !/^\.*$/.test(text)),
    ),
  )
  const queryValues = fc.tuple(...inQuery.map(parameter => fc.option(textFor(parameter), { freq: 2 })))
  const body =
    operation.requestBody === undefined
      ? fc.constant(undefined)
      : fc.oneof(fc.object({ maxDepth: 2 }), sliceBody)
  return fc.record({ pathValues, queryValues, headers, body }).map(made => {
    const url = inPath.reduce(
      (text, { name }, i) =>
        text.replace(`{${name}}`, () => encodeURIComponent(wellFormed(made.pathValues[i] as string))),
      operation.url,
    )
    const query = inQuery.flatMap(({ name }, i) => {
      const value = made.queryValues[i]
      return typeof value === 'string' ? [`${name}=${encodeURIComponent(wellFormed(value))}`] : []
    })
    return { operation, url: `${url}?${query.join('&')}`, headers: made.headers, payload: made.body }
  })
}

const sliceBody = fc.record(
  {
    path: fc.constantFrom('x', 'g', '', '../x'),
    slice: fc.oneof(
      hostile,
      fc.array(fc.oneof(hostile, fc.integer(), fc.array(fc.integer({ min: -5, max: 5 })))),
    ),
    format: fc.constantFrom('raw', 'json', 'npy', 'xml'),
    expectedShape: fc.array(fc.nat()),
  },
  { requiredKeys: [] },
)

/** A lone surrogate cannot be sent in a URL. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '?')
}

const CONTEXT: Record<string, TSchema> = Object.fromEntries(
  COMPONENTS.map(component => [(component as unknown as { $id: string }).$id, component]),
)

t.test('no generated request finds an undocumented status, a wrong document, or a defect', async t => {
  const { app, logged } = await serveEntries(t, [ROOT_GROUP, ...smallArray(), ...smallArray('g/y')], {
    apiKeys: [],
  })
  const operations = operationsOf(app)
  let answered = 0
  const property = fc.asyncProperty(fc.constantFrom(...operations).chain(requestOf), async asked => {
    const { operation, url, payload } = asked
    const answer = await app.inject({
      method: operation.method,
      url,
      headers: asked.headers,
      ...(payload !== undefined && { payload }),
    })
    const documented = operation.responses[answer.statusCode]
    const about = `${operation.operationId} ${url} ${answer.statusCode} ${answer.body.slice(0, 300)}`
    if (documented === undefined) throw new Error(`undocumented status: ${about}`)
    if (answer.statusCode === 500) throw new Error(`a defect: ${about}`)
    const reference =
      documented.content?.[answer.headers['content-type']?.toString().split(';')[0] ?? '']?.schema.$ref
    const component = reference?.split('/').at(-1)
    if (component !== undefined && !Value.Check(CONTEXT, Type.Ref(component), answer.json())) {
      throw new Error(`not a ${component}: ${about}`)
    }
    answered += 1
  })
  await fc.assert(property, { numRuns: 500, seed: 20_250_101 })
  t.ok(answered >= 500)
  t.strictSame(logged, [], 'nothing was logged as an error')
})
