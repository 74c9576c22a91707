// What a thread of the decode pool runs: one chunk after the other through the same codecs as on the event loop.
import { parentPort } from 'node:worker_threads'
import { isZipzarrError } from '../../errors.js'
import { CodecPipeline } from './codec-pipeline.js'
import type { DecodeTask, ThreadMessage } from './decode-pool.js'

/** Values of one message: taken from it in a few milliseconds. */
const MAX_VALUES = 8192

let takeNext: (() => void) | undefined

function send(message: ThreadMessage, memory: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, memory)
}

async function decode({ codecs, spec, encoded }: DecodeTask): Promise<void> {
  const decoded = await CodecPipeline.resolve(codecs, spec).decode(encoded)
  if (decoded.kind === 'variable') return sendValues(decoded.values)
  const { bytes } = decoded
  const isWhole = bytes.byteLength * 2 > bytes.buffer.byteLength
  const own = isWhole ? bytes : new Uint8Array(bytes)
  send({ type: 'bytes', bytes: own }, [own.buffer as ArrayBuffer])
}

async function sendValues(values: readonly unknown[]): Promise<void> {
  for (let from = 0; ; from += MAX_VALUES) {
    const isLast = from + MAX_VALUES >= values.length
    send({ type: 'values', values: values.slice(from, from + MAX_VALUES), isLast })
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
