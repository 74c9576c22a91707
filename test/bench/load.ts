// HTTP load from wrk (a C program, so that it takes little of the two cores) over a list of URLs in turn.
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../support/paths.js'

/** Of one load. */
export const SECONDS = Number(process.env.BENCH_SECONDS ?? 2)
/** Loads of which each figure is the median. */
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)

export interface Load {
  readonly base: string
  readonly paths: readonly string[]
  readonly seconds: number
  readonly connections: number
  readonly headers?: Readonly<Record<string, string>>
  /** The core that the load runs on, alone; absent: any. */
  readonly core?: number
  /** A new connection for every request. */
  readonly isFresh?: boolean
  /**
   * By drain.py: dropped unread, for large ones, whose reading would take longer than their making; or read into
   * the same memory again and again. Absent: read by wrk.
   */
  readonly bodies?: 'dropped' | 'received'
}

export interface LoadResult {
  /** How many answers came. */
  readonly requests: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly megabytesPerSecond: number
}

/** The wrk script: asks the paths in turn and prints one JSON line at the end. */
function scriptOf(load: Load): string {
  const headers = { ...load.headers, ...(load.isFresh ? { Connection: 'close' } : {}) }
  const lines = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}`,
  )
  return [
    ...lines,
    `local paths = {${load.paths.map(quote).join(',')}}`,
    'local i = 0',
    'request = function() i = i % #paths + 1; return wrk.format(nil, paths[i]) end',
    'local bad = 0',
    'threads = {}',
    'setup = function(thread) table.insert(threads, thread) end',
    'response = function(status) if status >= 400 then failed = (failed or 0) + 1 end end',
    'done = function(summary, latency)',
    '  for _, thread in ipairs(threads) do bad = bad + (thread:get("failed") or 0) end',
    '  local e = summary.errors',
    '  io.write(string.format(\'{"requests":%d,"us":%d,"bytes":%d,"p50":%f,"p99":%f,"bad":%d,"broken":%d}\\n\',',
    '    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),',
    '    bad, e.connect + e.read + e.write + e.timeout))',
    'end',
  ].join('\n')
}

const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`

/** Runs one bounded load; throws when any answer was an error, so that a ratio never counts failures. */
export async function runLoad(load: Load, folder: string): Promise<LoadResult> {
  mkdirSync(folder, { recursive: true })
  if (load.bodies !== undefined) return runDrained(load, folder)
  const script = join(folder, `load-${process.pid}.lua`)
  writeFileSync(script, scriptOf(load))
  const connections = Math.max(load.connections, 1)
  const args = [`-t1`, `-c${connections}`, `-d${load.seconds}s`, '--timeout', '30s', '-s', script, load.base]
  const output = await collect(...onCore(load.core, 'wrk', args))
  const line = output.split('\n').find(text => text.startsWith('{'))
  if (line === undefined) throw new Error(`wrk printed no summary: ${output}`)
  const facts = JSON.parse(line) as Record<
    'requests' | 'us' | 'bytes' | 'p50' | 'p99' | 'bad' | 'broken',
    number
  >
  const mayBreak = load.isFresh === true
  if (facts.bad > 0 || facts.requests === 0 || (facts.broken > 0 && !mayBreak)) {
    throw new Error(
      `load on ${load.base}${load.paths[0]}: ${facts.bad} error answers, ${facts.broken} broken`,
    )
  }
  return {
    requests: facts.requests,
    requestsPerSecond: facts.requests / (facts.us / 1e6),
    p50Ms: facts.p50 / 1000,
    p99Ms: facts.p99 / 1000,
    megabytesPerSecond: facts.bytes / facts.us,
  }
}

async function runDrained(load: Load, folder: string): Promise<LoadResult> {
  const paths = join(folder, `load-${process.pid}.json`)
  writeFileSync(paths, JSON.stringify(load.paths))
  const script = join(repository, 'test/bench/drain.py')
  const args = [script, load.base, String(load.connections), String(load.seconds), paths, load.bodies ?? '']
  return JSON.parse(await collect(...onCore(load.core, 'python3', args))) as LoadResult
}

/** Requests a second for one URL by ab, which knows HEAD (wrk waits for a body that never comes). */
export async function runSingle(load: {
  readonly url: string
  readonly seconds: number
  readonly isHead?: boolean
}): Promise<number> {
  const args = [
    '-q',
    '-k',
    '-c',
    '16',
    '-t',
    String(load.seconds),
    '-n',
    '10000000',
    ...(load.isHead ? ['-i'] : []),
    load.url,
  ]
  const output = await collect('ab', args)
  const rate = /Requests per second:\s+([0-9.]+)/.exec(output)
  const failed = /Failed requests:\s+([1-9][0-9]*)/.exec(output)
  if (rate === null || failed !== null) throw new Error(`ab on ${load.url}: ${output}`)
  return Number(rate[1])
}

function onCore(
  core: number | undefined,
  command: string,
  args: readonly string[],
): [command: string, args: readonly string[]] {
  return core === undefined ? [command, args] : ['taskset', ['-c', String(core), command, ...args]]
}

function collect(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString()
    })
    child.once('error', reject)
    child.once('exit', code =>
      code === 0 ? resolve(output) : reject(new Error(`${command} ended with ${code}`)),
    )
  })
}
