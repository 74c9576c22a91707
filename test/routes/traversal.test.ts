// Path traversal as it looks on the wire: clients and `inject` normalise dot segments, attackers do not.

import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import t from 'tap'
import { rawRequest, serveEntries } from '../support/service-client.js'

const SECRET = 'root:x:0:0'

const PATHS = [
  '/zarr/a/../../etc/passwd',
  '/zarr/a/..%2f..%2fetc%2fpasswd',
  '/zarr/a/%2e%2e/%2e%2e/etc/passwd',
  '/zarr/a/.%2e/etc/passwd',
  '/zarr/a/..%5c..%5cetc%5cpasswd',
  '/zarr/a//etc/passwd',
  '/zarr/a/%2fetc%2fpasswd',
  '/zarr/a/v/../../secret.txt',
  '/zarr/a/./v',
  '/zarr/a/v%00.txt',
  '/zarr/a/v%0d%0aX-Injected:%201',
  '/zarr/..%2fsecret.txt/v',
  '/zarr/../secret.txt',
  '/files/..%2fsecret.txt',
  '/files/../secret.txt',
  '/v1/stores/..%2f..%2fetc%2fpasswd',
  '/v1/stores/a/metadata?path=../../etc/passwd',
  '/v1/stores/a/slice?path=..%2f..%2fetc%2fpasswd',
  '/docs/static/../../../package.json',
  '/docs/static/..%2f..%2f..%2fpackage.json',
  '/docs/static/%2e%2e%2f%2e%2e%2findex.js',
]

t.test('no spelling of a path reaches anything but keys of the store', async t => {
  const service = await serveEntries(t, [{ name: 'v', data: 'value' }])
  writeFileSync(join(dirname(service.file), 'secret.txt'), SECRET)
  await service.listen()
  const { port } = service.app.server.address() as AddressInfo
  for (const path of PATHS) {
    const answer = await rawRequest(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    const status = Number(answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length))
    t.ok(status === 400 || status === 404, `${path}: ${status}`)
    t.notMatch(answer, /root:x|"dependencies"|X-Injected:|\/tmp\//, path)
  }
})

t.test('a request that is no HTTP, or too large, is answered with a problem', async t => {
  const service = await serveEntries(t, [{ name: 'v', data: 'value' }])
  await service.listen()
  const { port } = service.app.server.address() as AddressInfo
  t.match(await rawRequest(port, 'NONSENSE\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*"code":"BAD_REQUEST"/)
  const large = `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`
  t.match(await rawRequest(port, large), /^HTTP\/1\.1 431 [\s\S]*"code":"HEADERS_TOO_LARGE"/)
  const body = `POST /v1/stores/a/slice HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\n{}`
  t.match(await rawRequest(port, body), /^HTTP\/1\.1 413 [\s\S]*"code":"BODY_TOO_LARGE"/)
})
