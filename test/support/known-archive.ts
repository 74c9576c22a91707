// A Zarr v2 array in an archive whose every chunk is known: for tests that compare bytes over HTTP.
import { rename, writeFile } from 'node:fs/promises'
import type { KnownValue } from './load.js'
import { writeZip } from './zip-writer.js'

const CHUNK_BYTES = 16 * 1024

/** Chunk bytes that differ by archive version and chunk. */
function chunkBytes(version: number, chunk: number): Buffer {
  const bytes = Buffer.alloc(CHUNK_BYTES)
  for (let at = 0; at < CHUNK_BYTES; at++) bytes[at] = (at * 31 + chunk * 7 + version * 101) & 0xff
  return bytes
}

/** The values of a version of the archive as they are served under the store's id. */
export function knownValues(id: string, version: number, chunks: number): KnownValue[] {
  return Array.from({ length: chunks }, (_, chunk) => ({
    path: `/zarr/${id}/${chunk}`,
    bytes: chunkBytes(version, chunk),
  }))
}

/** @param methodOf the compression method of a chunk; half of them are deflated by default */
export function knownArchive(
  version: number,
  chunks: number,
  methodOf: (chunk: number) => 0 | 8 = chunk => (chunk % 2 === 0 ? 0 : 8),
): Buffer {
  const array = {
    zarr_format: 2,
    shape: [chunks * CHUNK_BYTES],
    chunks: [CHUNK_BYTES],
    dtype: '|u1',
    compressor: null,
    fill_value: 0,
    order: 'C',
    filters: null,
  }
  const values = Array.from({ length: chunks }, (_, chunk) => ({
    name: String(chunk),
    data: chunkBytes(version, chunk),
    method: methodOf(chunk),
  }))
  return writeZip([{ name: '.zarray', data: JSON.stringify(array) }, ...values])
}

/** Writes the archive beside its place and renames it there, as careful writers do. */
export async function writeKnownArchive(path: string, version: number, chunks: number): Promise<void> {
  const temporary = `${path}.part`
  await writeFile(temporary, knownArchive(version, chunks))
  await rename(temporary, path)
}
