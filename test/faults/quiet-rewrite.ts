// An archive is rewritten in place, again and again, by other values of the same size, and its modification time is put
// back. Every answer is one version's value or a named failure, and soon the new one's. What leaves the bytes alone (a
// chmod, a hard link) costs no request.
// Run: node build/test/faults/quiet-rewrite.js
import { chmod, link, mkdir, open, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { knownArchive, knownValues } from '../support/known-archive.js'
import { ServedProcess, waitFor } from '../support/served-process.js'
import { outcome, runFaults, slowness } from './checks.js'

const CHUNKS = 16
const CLIENTS = 8
const REWRITES = 6
const TOUCHES = 200
const OLD = 1e9
/** On a quiet machine: a second between two looks, time to settle, indexing. */
const NOTICED_MS = 5000

/** Nothing is compressed, so every version has the same size. */
function stored(version: number): Buffer {
  return knownArchive(version, CHUNKS, () => 0)
}

await runFaults('quiet rewrites', async (checks, folder) => {
  const data = join(folder, 'data')
  await mkdir(data)
  const path = join(data, 'known.zarr.zip')
  await writeFile(path, stored(0))
  await utimes(path, OLD, OLD)
  const served = await ServedProcess.start(data, '--cache-dir', join(folder, 'cache'), '--workers', '2')
  const versions = Array.from({ length: REWRITES + 1 }, (_, version) =>
    knownValues('known', version, CHUNKS).map(({ bytes }) => bytes.toString('latin1')),
  )
  const counts = { right: 0, refused: 0, wrong: 0 }
  /** Which version a value is of; undefined: none, or no value. */
  const ask = async (chunk: number) => {
    const { status, body } = await outcome(`${served.origin}/zarr/known/${chunk}`)
    if (status !== 200) {
      counts.refused++
      if (status !== 503 && status !== 500) counts.wrong++
      return undefined
    }
    const version = versions.findIndex(values => values[chunk] === body)
    if (version >= 0) counts.right++
    else counts.wrong++
    return version
  }
  let isOver = false
  const clients = Array.from({ length: CLIENTS }, async (_, first) => {
    for (let chunk = first; !isOver; chunk = (chunk + 1) % CHUNKS) await ask(chunk)
  })

  const backup = `${path}.backup`
  for (let touch = 0; touch < TOUCHES; touch++) {
    await chmod(path, touch % 2 === 0 ? 0o600 : 0o644)
    await link(path, backup)
    await rm(backup)
  }
  // Until workers and primary have looked again.
  const { right } = counts
  await waitFor(() => counts.right > right + 1000, 'answers')
  checks.demand(
    `requests that ${TOUCHES} chmods and hard links cost`,
    counts.refused === 0,
    `${counts.refused} of ${counts.right}`,
  )

  const factor = await slowness()
  const bound = Math.round(NOTICED_MS * factor)
  const times: number[] = []
  const { size } = await stat(path)
  for (let version = 1; version <= REWRITES; version++) {
    const bytes = stored(version)
    if (bytes.length !== size) throw new Error(`version ${version} has ${bytes.length} bytes, not ${size}`)
    const file = await open(path, 'r+')
    await file.write(bytes, 0, bytes.length, 0)
    await file.utimes(OLD, OLD)
    await file.close()
    const startMs = performance.now()
    const isNew = async () => {
      const found = await Promise.all(Array.from({ length: CHUNKS }, (_, chunk) => ask(chunk)))
      return found.every(each => each === version)
    }
    // Twice: either worker may have answered.
    await waitFor(async () => (await isNew()) && (await isNew()), `version ${version}`, 60_000)
    times.push(Math.round(performance.now() - startMs))
  }
  isOver = true
  await Promise.all(clients)
  checks.demand(
    `the new values within ${bound} ms`,
    times.every(time => time <= bound),
    `${times.join(', ')} ms`,
  )
  checks.demand(
    'answers that are no version’s value',
    counts.wrong === 0,
    `${counts.wrong} of ${counts.right} right, ${counts.refused} refused`,
  )
  checks.demand('exit code after SIGTERM', (await served.stop()).code === 0, '0 wanted')
})
