// The last step of the build (package.json, build:worker): starts a worker once from the bundle, keeps what V8
// compiled on the way as its code cache, and puts the loader in the place of worker-main.js. Compiling again
// with tsc alone restores that file, so a stale bundle is never run.
import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { resolveConfig } from '../../config.js'
import type { InitMessage, MessageToPrimary } from '../messages.js'
import { CACHE, compileBundle, encodeCache } from './worker-bundle.js'

const INIT: InitMessage = {
  type: 'init',
  config: resolveConfig({ logLevel: 'fatal' }),
  listen: { host: '127.0.0.1', port: 0 },
  dataRoots: [],
  isSettled: true,
  snapshot: { epoch: 'build', revision: 0, records: [] },
}

rmSync(CACHE, { force: true })
const bundle = compileBundle()

/** Plays the primary: what a worker sends comes here, and what it receives is emitted as if it had come in. */
process.send = (message: MessageToPrimary): boolean => {
  if (message.type === 'loaded') setImmediate(() => process.emit('message', INIT, undefined))
  if (message.type === 'standby') process.emit('message', { type: 'serve' }, undefined)
  if (message.type === 'ready') finish()
  if (message.type === 'failed') throw new Error(`the worker's bundle does not start: ${message.reason}`)
  return true
}

function finish(): void {
  writeFileSync(CACHE, encodeCache(bundle))
  const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))
  copyFileSync(pathOf('./worker-loader.js'), pathOf('./worker-main.js'))
  process.exit(0)
}

bundle.run()
