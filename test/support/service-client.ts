// Small ways to ask the service in tests.

import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Config } from '../../src/config.js'
import { startService, type TestService } from './service.js'
import { tempDir } from './temp-dir.js'
import { writeZip, type ZipEntry } from './zip-writer.js'

type Test = Parameters<typeof tempDir>[0]

/** The service over one archive `a.zip` with these entries; its store id is `a`. */
export async function serveEntries(
  t: Test,
  entries: readonly ZipEntry[],
  config: Partial<Config> = {},
  options: Parameters<typeof startService>[2] = {},
): Promise<TestService & { readonly file: string }> {
  const file = join(await tempDir(t), 'a.zip')
  writeFileSync(file, writeZip(entries))
  const service = await startService([file], config, options)
  t.teardown(() => service.close())
  return { ...service, file }
}

/**
 * The raw answer to bytes sent on a bare socket: nothing is normalised on the way, unlike with fetch and inject.
 * Resolves when the server closes, so the request must ask for that.
 */
export function rawRequest(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('data', part => parts.push(part))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')))
  })
}

/** A small v3 int32 array of shape [4, 6] in chunks of [2, 3], little-endian and uncompressed. */
export function smallArray(path = 'x'): ZipEntry[] {
  const metadata = {
    zarr_format: 3,
    node_type: 'array',
    shape: [4, 6],
    data_type: 'int32',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [2, 3] } },
    chunk_key_encoding: { name: 'default' },
    fill_value: 7,
    codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
    dimension_names: ['lat', 'länge'],
    attributes: { answer: 42 },
  }
  const chunk = (row: number, column: number): Buffer => {
    const items = Array.from(
      { length: 6 },
      (_, i) => (row * 2 + Math.floor(i / 3)) * 6 + column * 3 + (i % 3),
    )
    return Buffer.from(Int32Array.from(items).buffer)
  }
  return [
    { name: `${path}/zarr.json`, data: JSON.stringify(metadata) },
    { name: `${path}/c/0/0`, data: chunk(0, 0) },
    { name: `${path}/c/0/1`, data: chunk(0, 1) },
    { name: `${path}/c/1/0`, data: chunk(1, 0) },
  ]
}

/** What `smallArray` holds: chunk (1, 1) is not stored and is the fill value. */
export const SMALL_ARRAY: readonly (readonly number[])[] = [
  [0, 1, 2, 3, 4, 5],
  [6, 7, 8, 9, 10, 11],
  [12, 13, 14, 7, 7, 7],
  [18, 19, 20, 7, 7, 7],
]

export const ROOT_GROUP: ZipEntry = {
  name: 'zarr.json',
  data: JSON.stringify({ zarr_format: 3, node_type: 'group', attributes: { title: 'root' } }),
}
