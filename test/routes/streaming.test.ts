// Answers larger than one slab, over real sockets: whole, or visibly broken.
import { request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { ReadResources } from '../../src/zarr/reading/read-resources.js'
import { ROOT_GROUP, serveEntries } from '../support/service-client.js'
import type { ZipEntry } from '../support/zip-writer.js'

const ROWS = 64
const ROW_BYTES = 32 * 1024
/** More than the system buffers for a connection on which nothing is read. */
const WIDE_ROW_BYTES = 256 * 1024

interface Rows {
  readonly path: string
  /** The row whose bytes are not those its directory entry describes. */
  readonly damaged?: number
  readonly rowBytes?: number
}

/** A uint8 array of 64 rows, one chunk a row, each row filled with its number. */
function rows({ path, damaged, rowBytes = ROW_BYTES }: Rows): ZipEntry[] {
  const metadata = {
    zarr_format: 3,
    node_type: 'array',
    shape: [ROWS, rowBytes],
    data_type: 'uint8',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [1, rowBytes] } },
    chunk_key_encoding: { name: 'default' },
    fill_value: 0,
    codecs: [{ name: 'bytes' }],
    attributes: {},
  }
  const chunks = Array.from({ length: ROWS }, (_, row) => {
    const data = Buffer.alloc(rowBytes, row)
    const stored = row === damaged ? { stored: Buffer.alloc(rowBytes, 255) } : {}
    return { name: `${path}/c/${row}/0`, data, ...stored }
  })
  return [{ name: `${path}/zarr.json`, data: JSON.stringify(metadata) }, ...chunks]
}

const ENTRIES = [
  ROOT_GROUP,
  ...rows({ path: 'x' }),
  ...rows({ path: 'early', damaged: 0 }),
  ...rows({ path: 'late', damaged: ROWS - 1 }),
  ...rows({ path: 'wide', rowBytes: WIDE_ROW_BYTES }),
]

const resources = () =>
  new ReadResources({ slabBytes: 64 * 1024, maxSlabBytes: 64 * 1024, chunkCacheBytes: 0 })

interface Received {
  readonly status: number
  readonly isWhole: boolean
  readonly bytes: Buffer
  readonly code: string | undefined
}

/** What a client gets. A reset can overtake the answer's head: it is then broken before it has a status. */
function receive(url: string): Promise<Received> {
  return new Promise(resolve => {
    const asked = request(url, { agent: false }, answer => {
      const parts: Buffer[] = []
      answer.on('data', part => parts.push(part))
      answer.on('error', () => undefined)
      answer.on('close', () => {
        const bytes = Buffer.concat(parts)
        const isProblem = answer.headers['content-type'] === 'application/problem+json'
        const code = isProblem ? JSON.parse(bytes.toString()).code : undefined
        resolve({ status: answer.statusCode ?? 0, isWhole: answer.complete, bytes, code })
      })
    })
    const broken = { status: 0, isWhole: false, bytes: Buffer.alloc(0), code: undefined }
    asked.on('error', () => resolve(broken)).end()
  })
}

t.test('a streamed answer has every byte, in every format', async t => {
  const service = await serveEntries(t, ENTRIES, {}, { resources: resources() })
  const url = `${await service.listen()}/v1/stores/a/slice?path=x`
  const raw = await receive(url)
  t.match(raw, { status: 200, isWhole: true })
  t.equal(raw.bytes.byteLength, ROWS * ROW_BYTES)
  t.ok(
    Array.from({ length: ROWS }).every(
      (_, row) => raw.bytes[row * ROW_BYTES] === row && raw.bytes[(row + 1) * ROW_BYTES - 1] === row,
    ),
  )
  const npy = await receive(`${url}&format=npy`)
  t.ok(npy.isWhole && npy.bytes.subarray(npy.bytes.byteLength - raw.bytes.byteLength).equals(raw.bytes))
  const json = await receive(`${url}&format=json&slice=::9,::3`)
  const expected = Array.from({ length: 8 }, (_, i) => Array(Math.ceil(ROW_BYTES / 3)).fill(i * 9))
  t.strictSame(JSON.parse(json.bytes.toString()), expected)
})

t.test('a chunk that fails before anything was sent is a 5xx, later it cuts the answer', async t => {
  const service = await serveEntries(t, ENTRIES, {}, { resources: resources() })
  const slices = `${await service.listen()}/v1/stores/a/slice`
  for (const format of ['raw', 'npy', 'json']) {
    const first = await receive(`${slices}?path=early&format=${format}`)
    t.match(first, { status: 500, isWhole: true, code: 'CHECKSUM_MISMATCH' }, format)
    service.logged.length = 0
    const last = await receive(`${slices}?path=late&format=${format}`)
    t.match(last, { isWhole: false, code: undefined }, format)
    t.match(service.logged.join(''), /body cut off/)
  }
})

t.test('a client that leaves, or stops reading, ends the reading without an error', async t => {
  const service = await serveEntries(t, ENTRIES, { writeStallMs: 1000 }, { resources: resources() })
  await service.listen()
  const { port } = service.app.server.address() as AddressInfo
  const ask = 'GET /v1/stores/a/slice?path=wide HTTP/1.1\r\nHost: x\r\n\r\n'
  const leaving = connect(port, '127.0.0.1', () => leaving.write(ask))
  leaving.once('data', () => leaving.destroy())
  const stalling = connect(port, '127.0.0.1', () => stalling.write(ask))
  stalling.once('data', () => stalling.pause())
  stalling.on('error', () => undefined)
  // The server cuts the connection of whoever takes nothing for writeStallMs.
  await new Promise<void>(resolve => {
    const sockets = new Set<unknown>()
    service.app.server.on('connection', socket => {
      sockets.add(socket)
      socket.on('close', () => {
        sockets.delete(socket)
        if (sockets.size === 0) resolve()
      })
    })
  })
  const next = await receive(`http://127.0.0.1:${port}/v1/stores/a/metadata?path=wide`)
  t.match(next, { status: 200, isWhole: true }, 'the next client is served')
  t.strictSame(service.logged, [])
})

t.test('a large deflated value is streamed, and cut off where it turns out to be wrong', async t => {
  const data = Buffer.alloc(20 * 1024 * 1024, 'text')
  const wrong = { crc32: 1 }
  const service = await serveEntries(t, [
    ROOT_GROUP,
    { name: 'right', data, method: 8 },
    { name: 'wrong', data, method: 8, central: wrong, local: wrong },
  ])
  const url = `${await service.listen()}/zarr/a`
  const right = await receive(`${url}/right`)
  t.match(right, { status: 200, isWhole: true })
  t.ok(right.bytes.equals(data))
  const part = await fetch(`${url}/right`, { headers: { range: 'bytes=19000001-' } })
  t.equal(part.status, 206)
  t.ok(Buffer.from(await part.arrayBuffer()).equals(data.subarray(19_000_001)))
  const coded = await fetch(`${url}/right`, { headers: { 'accept-encoding': 'gzip' } })
  t.equal(coded.headers.get('content-encoding'), 'gzip')
  t.ok(Buffer.from(await coded.arrayBuffer()).equals(data))
  const damaged = await receive(`${url}/wrong`)
  t.match(damaged, { isWhole: false, code: undefined })
  t.match(service.logged.join(''), /body cut off/)
  const refused = await fetch(`${url}/wrong`, { headers: { 'accept-encoding': 'gzip' } })
  t.equal(refused.status, 500, 'as gzip it is known to inflate before it is sent')
})
