// The image's health check as Docker runs it: a process that asks the address the service itself would listen on.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { plainEnvironment } from '../support/served-process.js'

const SCRIPT = fileURLToPath(new URL('../../../docker/healthcheck.mjs', import.meta.url))

function check(env: Record<string, string>): Promise<number> {
  return new Promise(resolve => {
    execFile(process.execPath, [SCRIPT], { env: { ...plainEnvironment(), ...env } }, error =>
      resolve(error === null ? 0 : Number(error.code)),
    )
  })
}

async function serve(status: number): Promise<{ server: Server; port: string }> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/health/ready' ? status : 404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: String((server.address() as AddressInfo).port) }
}

t.test('it asks the port of the environment, whatever Kubernetes says of a Service', async t => {
  const { server, port } = await serve(200)
  t.teardown(() => server.close())
  t.equal(await check({ PORT: port }), 0)
  t.equal(await check({ ZIPZARR_PORT: port, PORT: '1' }), 0, 'the own variable first')
  t.equal(await check({ PORT: port, ZIPZARR_PORT: 'tcp://10.0.0.1:8080' }), 0, 'a Service named zipzarr')
  t.equal(await check({ PORT: port, ZIPZARR_PORT: '', ZIPZARR_HOST: '' }), 0, 'an empty variable is none')
  t.equal(await check({ PORT: port, HOST: '0.0.0.0' }), 0)
})

t.test('what is not ready, or not there, is not healthy', async t => {
  const { server, port } = await serve(503)
  t.equal(await check({ PORT: port }), 1)
  await new Promise(resolve => server.close(resolve))
  t.equal(await check({ PORT: port }), 1)
})
