import t from 'tap'
import { CLI_OPTIONS, readConfig, renderOptionTable, withoutServiceLinks } from '../../src/cli/options.js'
import { resolveConfig } from '../../src/config.js'

function read(flags: Record<string, unknown> = {}, env: Record<string, string> = {}, paths: string[] = []) {
  return readConfig({ paths, flags, env })
}

t.test('nothing given is the defaults', async t => {
  t.same(read(), resolveConfig())
  t.equal(read().workers >= 2, true, 'two workers even on one core')
  t.equal(read().adminPort, undefined, 'the admin port is off')
})

t.test('a flag beats ZIPZARR_ beats the plain variable', async t => {
  t.equal(read({ port: '1' }, { ZIPZARR_PORT: '2', PORT: '3' }).port, 1)
  t.equal(read({}, { ZIPZARR_PORT: '2', PORT: '3' }).port, 2)
  t.equal(read({}, { PORT: '3' }).port, 3)
  t.equal(read({}, { PORT: '' }).port, 8080, 'an empty variable is none')
})

t.test('every option can be set by its variable', async t => {
  const text: Record<string, string> = {
    paths: '/a:/b',
    spareWorkers: '2',
    scheduling: 'round-robin',
    logLevel: 'warn',
    accessLog: 'yes',
    metadataCacheBytes: '123MiB',
    apiKeys: 'read:12345678,admin:a:b:c:d:e',
  }
  for (const { name, variables } of CLI_OPTIONS) {
    const value = text[name] ?? '123'
    t.doesNotThrow(() => read({}, { [variables[0]!]: value }), variables[0])
  }
  const config = read(
    {},
    Object.fromEntries(CLI_OPTIONS.map(({ name, variables }) => [variables[0], text[name] ?? '123'])),
  )
  t.same(config.paths, ['/a', '/b'])
  t.same(config.apiKeys, [
    { scope: 'read', key: '12345678' },
    { scope: 'admin', key: 'a:b:c:d:e' },
  ])
  t.match(config, {
    accessLog: true,
    spareWorkers: 2,
    scheduling: 'round-robin',
    maxJsonBytes: 123,
    lameDuckMs: 123,
    adminPort: 123,
  })
})

t.test('units reach the schema as bytes and milliseconds', async t => {
  t.match(read({ maxJsonBytes: '16MiB', lameDuckMs: '2s' }), { maxJsonBytes: 16 * 2 ** 20, lameDuckMs: 2000 })
})

t.test('a cache of no bytes is a choice, an answer of no bytes is not', async t => {
  t.equal(read({ chunkCacheBytes: '0' }).chunkCacheBytes, 0)
  t.throws(() => read({ maxJsonBytes: '0' }), {
    message: '--max-json-bytes: expected a size from 1 B to 8 PiB, such as 16MiB',
  })
})

t.test('a bad value is one line naming the flag or variable and what is expected', async t => {
  const cases: Array<[flags: Record<string, unknown>, env: Record<string, string>, message: string]> = [
    [{ port: '99999' }, {}, '--port: expected a whole number from 0 to 65535'],
    [{ port: '1e3' }, {}, '--port: expected a whole number from 0 to 65535'],
    [{}, { PORT: 'http' }, 'PORT: expected a whole number from 0 to 65535'],
    [{}, { ZIPZARR_WORKERS: '0' }, 'ZIPZARR_WORKERS: expected a whole number from 1 to 256'],
    [{ logLevel: 'loud' }, {}, '--log-level: expected one of fatal, error, warn, info, debug, trace, silent'],
    [{ lameDuckMs: 'soon' }, {}, '--lame-duck: expected a time from 0 ms to 24 days, such as 500ms or 30s'],
    [
      { apiKeys: ['short'] },
      {},
      '--api-key: expected read:KEY or admin:KEY, each key of 8 to 512 characters',
    ],
    [
      { apiKeys: ['read:short'] },
      {},
      '--api-key: expected read:KEY or admin:KEY, each key of 8 to 512 characters',
    ],
    [{}, { ZIPZARR_ACCESS_LOG: 'perhaps' }, 'ZIPZARR_ACCESS_LOG: expected true or false'],
    [{}, { ZIPZARR_PROT: '1' }, 'ZIPZARR_PROT: expected a known variable; did you mean ZIPZARR_PORT?'],
  ]
  for (const [flags, env, message] of cases)
    t.throws(() => read(flags, env), { name: 'ConfigError', message })
})

t.test('an API key never appears in a message', async t => {
  t.throws(() => read({ apiKeys: ['write:secretsecret'] }), { message: /^(?!.*secret)/ })
})

t.test('a configuration with a member the schema does not know is refused', async t => {
  t.throws(() => resolveConfig({ prot: 1 } as object), { name: 'ConfigError', message: /^prot: / })
})

t.test('README’s table has a row per option', async t => {
  const rows = renderOptionTable().split('\n')
  t.equal(rows.length, CLI_OPTIONS.length + 2)
  for (const { flag, variables } of CLI_OPTIONS) {
    t.ok(rows.some(row => row.includes(flag ?? 'PATH…') && row.includes(variables[0]!)))
  }
})

t.test('what Kubernetes says of a Service named like this one is no option', async t => {
  const links = {
    ZIPZARR_SERVICE_HOST: '10.0.0.1',
    ZIPZARR_SERVICE_PORT: '8080',
    ZIPZARR_SERVICE_PORT_HTTP: '8080',
    ZIPZARR_PORT: 'tcp://10.0.0.1:8080',
    ZIPZARR_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
    ZIPZARR_PORT_8080_TCP_PROTO: 'tcp',
    ZIPZARR_PORT_8080_TCP_PORT: '8080',
    ZIPZARR_PORT_8080_TCP_ADDR: '10.0.0.1',
    ZIPZARR_PORT_53_UDP: 'udp://10.0.0.1:53',
    // A Service named zipzarr-admin.
    ZIPZARR_ADMIN_SERVICE_HOST: '10.0.0.2',
    ZIPZARR_ADMIN_SERVICE_PORT: '9090',
    ZIPZARR_ADMIN_PORT: 'tcp://10.0.0.2:9090',
    ZIPZARR_ADMIN_PORT_9090_TCP_ADDR: '10.0.0.2',
    // An IPv6 cluster, and a headless Service.
    ZIPZARR_V6_PORT: 'tcp://[fd00::1]:80',
    ZIPZARR_CACHE_SERVICE_HOST: 'None',
  }
  const { env, ignored } = withoutServiceLinks({ ...links, PORT: '81', ZIPZARR_WORKERS: '3' })
  t.strictSame([...ignored].sort(), Object.keys(links).sort())
  t.match(read({}, env as Record<string, string>), { port: 81, workers: 3, adminPort: undefined })
  const own = { ZIPZARR_PORT: '81', ZIPZARR_ADMIN_PORT: '82', ZIPZARR_ADMIN_HOST: '::1' }
  t.strictSame(withoutServiceLinks(own), { env: own, ignored: [] })
  const wrong = { ZIPZARR_PORT: 'http://x', ZIPZARR_PORTS: '1', ZIPZARR_SERVICE: 'x' }
  t.strictSame(withoutServiceLinks(wrong).ignored, [], 'a mistake is still told')
})
