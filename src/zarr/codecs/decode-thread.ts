// What a thread of the decode pool runs: one chunk after the other through the same codecs as on the event loop.
import { parentPort } from 'node:worker_threads'
import { isZipzarrError } from '../../errors.js'
import { CodecPipeline } from './codec-pipeline.js'
import type { ThreadMessage } from './decode-pool.js'
import type { DecodeTask, ItemSpan } from './interface/codec.js'

/** Values of one message: taken from it in a few milliseconds. */
const MAX_VALUES = 8192

let takeNext: (() => void) | undefined

function send(message: ThreadMessage, memory: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, memory)
}

async function decode({ codecs, spec, encoded, needed }: DecodeTask): Promise<void> {
  const decoded = await CodecPipeline.resolve(codecs, spec).decode(encoded, { needed, mayOverwrite: true })
  if (decoded.kind === 'variable') return sendValues(decoded.values, needed)
  const { bytes } = decoded
  const isWhole = bytes.byteLength * 2 > bytes.buffer.byteLength
  const own = isWhole ? bytes : new Uint8Array(bytes)
  send({ type: 'bytes', bytes: own }, [own.buffer as ArrayBuffer])
}

async function sendValues(all: readonly unknown[], needed: ItemSpan | undefined): Promise<void> {
  const { length: count } = all
  const end = needed?.to ?? count
  for (let from = needed?.from ?? 0; ; from += MAX_VALUES) {
    const to = Math.min(from + MAX_VALUES, end)
    const isLast = to >= end
    send({ type: 'values', count, from, values: all.slice(from, to), isLast })
    if (isLast) return
    await new Promise<void>(resolve => {
      takeNext = resolve
    })
  }
}

function fail(error: unknown): void {
  if (!isZipzarrError(error)) throw error
  const { code, message, facts } = error
  send({ type: 'failed', code, message, facts })
}

parentPort?.on('message', (message: DecodeTask | 'next') => {
  if (message === 'next') takeNext?.()
  else decode(message).catch(fail)
})
