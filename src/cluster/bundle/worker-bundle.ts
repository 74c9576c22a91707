// The worker's code as one file (worker-main.cjs), run from V8's code cache. Loading the thousand files it is
// made of costs a second of CPU, the file alone a quarter, with the cache a seventh: that is how soon a dead
// worker is replaced. Knows nothing of what the bundle does.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Script } from 'node:vm'

export const BUNDLE = fileURLToPath(new URL('./worker-main.cjs', import.meta.url))
export const CACHE = `${BUNDLE}.cache`
const DIGEST_BYTES = 32

/** What a CommonJS module is given, and what `import.meta` has become in the bundle (see package.json). */
const PARAMETERS = 'exports, require, module, __filename, __dirname, moduleUrl, resolveModule'

export interface Bundle {
  readonly script: Script
  readonly source: Buffer
  run(): void
}

/** Compiles the bundle, from the cache if there is one that belongs to it and to this version of Node. */
export function compileBundle(): Bundle {
  const source = readFileSync(BUNDLE)
  const cachedData = readCache(source)
  const script = new Script(`(function (${PARAMETERS}) {${source}\n})`, {
    filename: BUNDLE,
    ...(cachedData !== undefined && { cachedData }),
  })
  return { script, source, run: () => runScript(script) }
}

/** The cache file: SHA-256 of the bundle, then V8's data. V8 itself compares no more than the length. */
export function encodeCache({ source, script }: Bundle): Buffer {
  return Buffer.concat([digest(source), script.createCachedData()])
}

function readCache(source: Buffer): Buffer | undefined {
  try {
    const file = readFileSync(CACHE)
    return file.subarray(0, DIGEST_BYTES).equals(digest(source)) ? file.subarray(DIGEST_BYTES) : undefined
  } catch {
    // No cache, no matter: V8 compiles the source.
    return undefined
  }
}

function digest(source: Buffer): Buffer {
  return createHash('sha256').update(source).digest()
}

function runScript(script: Script): void {
  const require = createRequire(BUNDLE)
  const resolveModule = (name: string) => pathToFileURL(require.resolve(name)).href
  const module = { exports: {} }
  const main = script.runInThisContext() as (...parameters: unknown[]) => void
  main(module.exports, require, module, BUNDLE, dirname(BUNDLE), pathToFileURL(BUNDLE).href, resolveModule)
}
