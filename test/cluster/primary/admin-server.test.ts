import { request } from 'node:http'
import { createServer } from 'node:net'
import t from 'tap'
import { formatOrigin, resolveListenAddress } from '../../../src/cluster/listen-address.js'
import { AdminServer } from '../../../src/cluster/primary/admin-server.js'

async function ask(
  port: number,
  path: string,
  method = 'GET',
): Promise<{ status: number; body: string; allow: unknown }> {
  return await new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, agent: false }, response => {
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part))
      response.on('end', () => {
        const body = Buffer.concat(parts).toString()
        resolve({ status: response.statusCode!, body, allow: response.headers.allow })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

t.test('health and metrics are told by the primary alone, under every usual name', async t => {
  let reason: string | undefined = 'the service is starting'
  const admin = await AdminServer.listen(
    { host: '127.0.0.1', port: 0 },
    { notReadyReason: () => reason, facts: () => ({ workers: 2 }), metrics: () => 'zipzarr_workers 2\n' },
  )
  t.teardown(() => admin.close())
  const { port } = admin.address
  for (const path of ['/health/live', '/livez']) t.match(await ask(port, path), { status: 200 }, path)
  for (const path of ['/health/ready', '/readyz', '/healthz?verbose']) {
    reason = 'the service is starting'
    const waiting = await ask(port, path)
    t.equal(waiting.status, 503, path)
    t.same(JSON.parse(waiting.body), { status: 'not ready', reason: 'the service is starting', workers: 2 })
    reason = undefined
    t.match(await ask(port, path), { status: 200 }, path)
  }
  t.match(await ask(port, '/metrics'), { status: 200, body: 'zipzarr_workers 2\n' })
  t.match(await ask(port, '/health/live', 'HEAD'), { status: 200, body: '' })
  t.match(await ask(port, '/'), { status: 404 })
  t.match(await ask(port, '/metrics', 'POST'), { status: 405, allow: 'GET, HEAD' })
})

t.test('an address that cannot be bound is told in one line', async t => {
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  const source = { notReadyReason: () => undefined, facts: () => ({}), metrics: () => '' }
  await t.rejects(AdminServer.listen({ host: '127.0.0.1', port }, source), {
    name: 'StartupError',
    message: `admin listener: port ${port} on 127.0.0.1 is in use by another program; choose another one`,
  })
  await t.rejects(resolveListenAddress({ host: '127.0.0.1', port }), {
    name: 'StartupError',
    message: `port ${port} on 127.0.0.1 is in use by another program; choose another one`,
  })
  await t.rejects(resolveListenAddress({ host: '192.0.2.1', port: 0 }), {
    message: '"192.0.2.1" is not an address of this machine (EADDRNOTAVAIL)',
  })
})

t.test('port 0 becomes a real port that no outgoing connection takes, a name becomes an address', async t => {
  const { host, port } = await resolveListenAddress({ host: 'localhost', port: 0 })
  t.match(host, /^(127\.0\.0\.1|::1)$/)
  t.ok(port >= 20_000 && port < 32_000, String(port))
})

t.test('the printed origin can be opened as it is', async t => {
  for (const [host, origin] of [
    ['127.0.0.1', 'http://127.0.0.1:80'],
    ['0.0.0.0', 'http://127.0.0.1:80'],
    ['::', 'http://[::1]:80'],
    ['2001:db8::1', 'http://[2001:db8::1]:80'],
  ] as const) {
    t.equal(formatOrigin({ host, port: 80 }), origin, host)
  }
})
