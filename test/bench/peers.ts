// The peers as they are installed from their registries, and the data they all read. Nothing here is needed
// to install, run or test the service; everything lands in the ignored build folder.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { repository } from '../support/paths.js'
import { freePort, type Running, runToEnd, startServer } from './process.js'

const sources = join(repository, 'test/bench')
export const folder = join(repository, 'build/bench')
export const data = join(folder, 'data')
export const archives = join(data, 'archives')

export interface Peer extends Running {
  readonly base: string
}

const PYTHONS = {
  zarr2: ['python3.11', 'python3.10'],
  zarr3: ['python3.13', 'python3.12'],
  tiled: ['python3.13', 'python3.12'],
} as const

const pyenv = process.env.PYENV_ROOT ?? join(process.env.HOME ?? '', '.pyenv')

function pyenvVersions(): string[] {
  return existsSync(join(pyenv, 'versions')) ? readdirSync(join(pyenv, 'versions')) : []
}

/** A python of one of the wanted versions, wherever pyenv or the system keeps it. */
function findPython(names: readonly string[]): string {
  const places = names.flatMap(name => [
    ...pyenvVersions()
      .filter(version => version.startsWith(`${name.replace('python', '')}.`))
      .map(version => join(pyenv, 'versions', version, 'bin', name)),
    ...(process.env.PATH ?? '').split(':').map(folder => join(folder, name)),
  ])
  const found = places.find(place => existsSync(place))
  if (found !== undefined) return found
  throw new Error(`none of ${names.join(', ')} is installed`)
}

/** The Python of a virtual environment with the pinned peers, made on first use. */
export function pythonOf(name: keyof typeof PYTHONS): string {
  const home = join(folder, name)
  const python = join(home, 'bin/python')
  if (!existsSync(join(home, 'ready'))) {
    mkdirSync(folder, { recursive: true })
    runToEnd(findPython(PYTHONS[name]), ['-m', 'venv', home])
    runToEnd(python, ['-m', 'pip', 'install', '-q', '-r', join(sources, `peers/requirements-${name}.txt`)])
    writeFileSync(join(home, 'ready'), '')
  }
  return python
}

/** The programs from Debian's packages that are missing, installed when this is root on Debian. */
export function needPrograms(names: Readonly<Record<string, string>>): void {
  const missing = Object.keys(names).filter(name => !isInstalled(name))
  if (missing.length === 0) return
  const packages = missing.map(name => names[name] as string)
  runToEnd('apt-get', ['update'])
  runToEnd('apt-get', ['install', '-y', '--no-install-recommends', ...packages])
}

function isInstalled(name: string): boolean {
  return (process.env.PATH ?? '').split(':').some(place => existsSync(join(place, name)))
}

/** Named anew whenever data.py writes something else. */
const READY = 'ready-2'

/** Writes the archives once per checkout. */
export function prepareData(): void {
  if (existsSync(join(data, READY))) return
  runToEnd(pythonOf('zarr2'), [join(sources, 'data.py'), data])
  writeFileSync(join(data, READY), '')
}

/** 64 MiB that nginx sends as they are: the least that receiving so much takes. */
export function plainFile(): string {
  const name = '64mib'
  const file = join(data, 'unpacked', name)
  if (!existsSync(file)) writeFileSync(file, Buffer.alloc(64 * 2 ** 20, 1))
  return `/${name}`
}

/** Seconds by name, measured by the native libraries in one Python process. */
export function inProcess(venv: keyof typeof PYTHONS, work: string, repeats: number): Record<string, number> {
  const script = join(sources, 'peers/in_process.py')
  return JSON.parse(runToEnd(pythonOf(venv), [script, data, work, String(repeats)])) as Record<string, number>
}

/** The command itself, or on one core alone. */
function onCore(core: number | undefined, command: readonly [string, ...string[]]): [string, ...string[]] {
  return core === undefined ? [...command] : ['taskset', '-c', String(core), ...command]
}

/** On `core` alone with one worker, or with two on any. */
export async function startNginx({ core }: { core?: number } = {}): Promise<Peer> {
  const port = await freePort()
  const home = join(folder, 'nginx')
  mkdirSync(home, { recursive: true })
  const config = join(home, 'nginx.conf')
  writeFileSync(
    config,
    `daemon off; worker_processes ${core === undefined ? 2 : 1}; pid ${home}/pid; error_log ${home}/error.log;
events { worker_connections 1024; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; open_file_cache max=10000;
  client_body_temp_path ${home}/body; proxy_temp_path ${home}/proxy; fastcgi_temp_path ${home}/fastcgi;
  uwsgi_temp_path ${home}/uwsgi; scgi_temp_path ${home}/scgi;
  server { listen 127.0.0.1:${port}; root ${data}/unpacked; } }`,
  )
  // nginx gives up root in its workers; the data must be readable by them.
  runToEnd('chmod', ['-R', 'a+rX', join(data, 'unpacked')])
  const user = process.getuid?.() === 0 ? ['-g', 'user root;'] : []
  const base = `http://127.0.0.1:${port}`
  const running = await startServer(onCore(core, ['nginx', '-c', config, ...user]), {
    url: `${base}/.zgroup`,
  })
  return { ...running, base }
}

/** Shows what is left of nginx's rate when Node's HTTP server does nothing but send. */
export async function startBareNode(): Promise<Peer> {
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const script = join(repository, 'build/test/bench/bare-node.js')
  const command = [process.execPath, script, join(data, 'unpacked'), String(port)] as const
  return { ...(await startServer(command, { url: `${base}/.zgroup` })), base }
}

async function startUvicorn(
  venv: keyof typeof PYTHONS,
  app: string,
  { probe, core }: { probe: string; core?: number | undefined },
): Promise<Peer> {
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const running = await startServer(
    // biome-ignore format: one option a line says nothing more
    onCore(core, [pythonOf(venv), '-m', 'uvicorn', app, '--port', String(port), '--workers', core === undefined ? '2' : '1', '--no-access-log', '--log-level', 'error']),
    { url: base + probe, cwd: join(sources, 'peers'), env: { BENCH_ARCHIVES: archives } },
  )
  return { ...running, base }
}

export const startFastApi = ({ core }: { core?: number } = {}): Promise<Peer> =>
  startUvicorn('zarr2', 'fastapi_zarr2:app', { probe: '/async/key/raw/.zgroup', core })
export const startZarrHttp = ({ core }: { core?: number } = {}): Promise<Peer> =>
  startUvicorn('zarr3', 'zarr_http:app', { probe: '/.zgroup', core })

/** Tiled's Zarr face. It cuts and re-encodes chunks by its own rules: about 36 KB each, from memory. */
export async function startTiled(): Promise<Peer> {
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const tiled = join(dirname(pythonOf('tiled')), 'tiled')
  const running = await startServer(
    [tiled, 'serve', 'pyobject', '--public', '--port', String(port), 'tiled_tree:tree'],
    {
      url: `${base}/zarr/v2/raw64k/.zarray`,
      cwd: join(sources, 'peers'),
      env: { BENCH_ARCHIVES: archives, PYTHONPATH: '.' },
    },
  )
  return { ...running, base }
}

export interface ZipzarrOptions {
  readonly workers?: number
  readonly paths?: readonly string[]
  readonly flags?: readonly string[]
  /** One worker, all of the service on this core. */
  readonly core?: number
  /** Another built checkout of the service. */
  readonly build?: string
}

/** The service as a user starts it, on the benchmark's archives or `paths`, ready when every store is. */
export async function startZipzarr(options: ZipzarrOptions = {}): Promise<Peer> {
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const { core, build = repository } = options
  const workers = options.workers ?? (core === undefined ? Math.max(2, cpus().length) : 1)
  const cache = join(folder, build === repository ? 'cache' : 'cache-other')
  const running = await startServer(
    onCore(core, [
      process.execPath,
      join(build, 'build/src/main.js'),
      'serve',
      ...(options.paths ?? [archives]),
      ...['--port', String(port), '--workers', String(workers), '--cache-dir', cache],
      ...(core === undefined ? [] : ['--spare-workers', '0']),
      ...(options.flags ?? []),
    ]),
    { url: `${base}/health/ready` },
  )
  return { ...running, base }
}

/** Servers are started for the rows that need them and always stopped. */
export async function withPeers<T>(
  starts: readonly (() => Promise<Peer>)[],
  work: (peers: Peer[]) => Promise<T>,
): Promise<T> {
  const peers: Peer[] = []
  try {
    for (const start of starts) peers.push(await start())
    return await work(peers)
  } finally {
    for (const peer of peers) await peer.stop()
  }
}
