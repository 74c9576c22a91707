// Indexing a million entries against `unzip -l`, and reopening that store.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { writeManyEntries } from './million.js'
import { data, folder } from './peers.js'
import { median, type Row } from './table.js'

const ROUNDS = 5
const child = fileURLToPath(new URL('./index-child.js', import.meta.url))

function runChild<T>(args: readonly string[]): T {
  const result = spawnSync(process.execPath, ['--expose-gc', child, ...args], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (result.status !== 0) throw new Error(`index child: ${result.stderr}`)
  return JSON.parse(result.stdout) as T
}

function unzipSeconds(archive: string): number {
  const start = performance.now()
  const sink = openSync('/dev/null', 'w')
  const { status } = spawnSync('unzip', ['-l', archive], {
    stdio: ['ignore', sink, 'ignore'],
    timeout: 120_000,
  })
  if (status !== 0) throw new Error('unzip -l failed')
  return (performance.now() - start) / 1000
}

export function indexRows(): Row[] {
  const archive = join(data, 'million', 'million.zarr.zip')
  writeManyEntries(archive, 100)
  const cache = mkdtempSync(join(folder, 'index-'))
  const unzip: number[] = []
  const built: number[] = []
  const opened: { readonly ms: number; readonly bytes: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    unzip.push(unzipSeconds(archive))
    const { seconds, name } = runChild<{ seconds: number; name: string }>(['build', archive, cache])
    built.push(seconds)
    opened.push(runChild(['open', archive, join(cache, name)]))
    rmSync(join(cache, name))
  }
  rmSync(cache, { recursive: true })
  const value = median(built) / median(unzip)
  const openMs = median(opened.map(({ ms }) => ms))
  const openMiB = median(opened.map(({ bytes }) => bytes)) / 2 ** 20
  const work = 'reopening a million entries'
  return [
    {
      work: 'first index of 1,000,001 entries',
      against: '`unzip -l`, time',
      value,
      target: 0.3,
      sense: 'max',
    },
    { work, against: 'time', value: openMs, unit: 'ms', target: 20, sense: 'max' },
    { work, against: 'memory', value: openMiB, unit: 'MiB', target: 8, sense: 'max' },
  ]
}
