// The commands as a shell runs them: real processes, exit codes, one line on stderr when something is wrong.
import { execFile } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { writeKnownArchive } from '../support/known-archive.js'
import { plainEnvironment } from '../support/served-process.js'
import { tempDir } from '../support/temp-dir.js'
import { writeZip } from '../support/zip-writer.js'

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url))

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return await new Promise(resolve => {
    const options = { env: { ...plainEnvironment(), ...env }, timeout: 120_000 }
    execFile(process.execPath, [MAIN, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr })
    })
  })
}

t.test(
  'what an operator can see to is one line, perhaps a hint, and an exit code, and nothing goes on running',
  async t => {
    const folder = await tempDir(t)
    const cacheDir = await tempDir(t)
    const taken = createServer()
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
    t.teardown(() => taken.close())
    const port = String((taken.address() as AddressInfo).port)
    const text = join(folder, 'notes.txt')
    await writeFile(text, 'no archive')
    const tar = join(folder, 'x.tar')
    await writeFile(tar, '')
    const cases: Array<[args: string[], env: Record<string, string>, code: number, line: RegExp]> = [
      [
        ['serve', folder, '--port', port],
        {},
        1,
        /^zipzarr: port \d+ on 127\.0\.0\.1 is in use by another program/,
      ],
      [
        ['serve', folder, '--port', '0', '--admin-port', port],
        {},
        1,
        /^zipzarr: admin listener: port \d+ on 127/,
      ],
      [
        ['serve', folder, '--host', '192.0.2.1'],
        {},
        1,
        /^zipzarr: "192\.0\.2\.1" is not an address of this machine/,
      ],
      [
        ['serve', join(folder, 'missing'), '--port', '0'],
        {},
        1,
        /^zipzarr: .*missing: no such file or folder$/,
      ],
      [
        ['serve', text, '--port', '0'],
        {},
        1,
        /^zipzarr: .*notes\.txt: neither a folder nor a \.zip or \.ozx file$/,
      ],
      [
        [tar],
        {},
        1,
        /x\.tar: neither a folder nor a \.zip or \.ozx file; to make an archive of it: T=\$\(mktemp -d\) && tar -xf /,
      ],
      [['serve', '--port', 'eighty'], {}, 2, /^zipzarr: --port: expected a whole number from 0 to 65535$/],
      [
        ['serve'],
        { ZIPZARR_WORKERS: 'many' },
        2,
        /^zipzarr: ZIPZARR_WORKERS: expected a whole number from 1 to 256$/,
      ],
      [
        ['serve'],
        { ZIPZARR_PROT: '80' },
        2,
        /^zipzarr: ZIPZARR_PROT: expected a known variable; did you mean ZIPZARR_PORT\?$/,
      ],
      [['serve'], { ZIPZARR_PORT: 'abc' }, 2, /^zipzarr: ZIPZARR_PORT: expected a whole number/],
      [['serve', '--prot', '80'], {}, 2, /^error: unknown option '--prot'\n\(Did you mean --port\?\)$/],
      [[folder, '--prot', '80'], {}, 2, /^error: unknown option '--prot'\n\(Did you mean --port\?\)$/],
      [['inspect', '--jsn', text], {}, 2, /^error: unknown option '--jsn'\n\(Did you mean --json\?\)$/],
      [['server'], {}, 2, /^error: unknown command 'server'\n\(Did you mean serve\?\)$/],
      [['inpsect', text], {}, 2, /^error: unknown command 'inpsect'\n\(Did you mean inspect\?\)$/],
      [['data'], {}, 1, /^zipzarr: data: no such file or folder$/],
      [
        ['inspect', join(folder, 'missing.zip')],
        {},
        1,
        /^zipzarr: .*missing\.zip: the file cannot be opened/,
      ],
      [['inspect', text], {}, 1, /^zipzarr: .*notes\.txt: no end of central directory record/],
      [['inspect'], {}, 2, /^error: missing required argument 'FILE'$/],
    ]
    for (const [args, env, code, line] of cases) {
      // Any port: the usual one may be taken, by the service itself for one.
      const usual = { ZIPZARR_CACHE_DIR: cacheDir, ZIPZARR_LOG_LEVEL: 'silent', ZIPZARR_PORT: '0' }
      const outcome = await run(args, { ...usual, ...env })
      t.match(outcome.stderr.trimEnd(), line, args.join(' '))
      t.notMatch(outcome.stderr, /^ {4}at /m, 'no stack')
      t.equal(outcome.code, code)
      t.equal(outcome.stdout, '')
    }
  },
)

t.test(
  'an unreadable folder is told as such',
  { skip: process.getuid?.() === 0 && 'root reads everything' },
  async t => {
    const folder = join(await tempDir(t), 'closed')
    await mkdir(folder)
    await chmod(folder, 0)
    t.match(await run(['serve', folder, '--port', '0']), {
      code: 1,
      stderr: /not readable \(permission denied\)\n$/,
    })
  },
)

t.test('--version and --help answer on stdout', async t => {
  t.match(await run(['--version']), { code: 0, stdout: /^\d+\.\d+\.\d+/, stderr: '' })
  const help = await run(['serve', '--help'])
  t.match(help, { code: 0, stderr: '' })
  for (const part of ['--port <number>', 'default: 8080', 'ZIPZARR_MAX_JSON_BYTES', '[PATH...]'])
    t.match(help.stdout, part)
})

t.test('inspect prints what an archive holds as a table and as JSON', async t => {
  const path = join(await tempDir(t), 'known.zarr.zip')
  await writeKnownArchive(path, 1, 4)
  const table = await run(['inspect', path])
  t.equal(table.code, 0, table.stderr)
  t.match(table.stdout, /ZIP +5 entries, 5 keys, 3 stored, 2 deflated/)
  t.match(table.stdout, /^\/ +array +\S*u1 +\[65536\] +\[16384\] +4 = /m)
  const json = await run(['inspect', path, '--json'])
  t.match(JSON.parse(json.stdout), {
    file: 'known.zarr.zip',
    zip: { entryCount: 5, deflatedCount: 2, hasZip64: false },
    stores: [
      { id: 'known', rootPrefix: '', zarrFormat: 2, nodes: [{ path: '/', shape: [65536], storedChunks: 4 }] },
    ],
  })
})

t.test('inspect of an archive in which nothing Zarr is found says so, and by its exit code', async t => {
  const path = join(await tempDir(t), 'notes.zip')
  await writeFile(path, writeZip([{ name: 'notes/a.txt', data: 'x' }]))
  const table = await run(['inspect', path])
  t.equal(table.code, 3)
  t.match(table.stdout, /nothing Zarr is found in it: no zarr\.json, .*notes\//)
  const json = await run(['inspect', path, '--json'])
  t.equal(json.code, 3)
  t.match(JSON.parse(json.stdout).stores[0].contents, { emptyReason: String, topNames: ['notes/'] })
})

t.test('openapi prints the document', async t => {
  const { code, stdout } = await run(['openapi'])
  t.equal(code, 0)
  t.match(stdout, /^openapi: /)
  t.match(stdout, /operationId: getSlice/)
})
