// A process that knows nothing but what it is sent: reopens stores from descriptors and says what it sees.
import { isZipzarrError } from '../../src/errors.js'
import { parseDescriptorText } from '../../src/store/descriptor/descriptor.js'
import { reopenStore } from '../../src/store/descriptor/reopen.js'
import { observe } from '../store/store-contract.js'
import type { ReopenReply, ReopenRequest } from './reopen-process.js'

process.on('message', message => void answer(message as ReopenRequest))
process.on('disconnect', () => process.exit())

async function answer({ number, text, dataRoots, cacheDir, holdMs = 0 }: ReopenRequest): Promise<void> {
  let reply: ReopenReply
  try {
    const store = await reopenStore(parseDescriptorText(text), {
      dataRoots: new Map(dataRoots),
      cacheDir,
      deadlineMs: 120_000,
    })
    const observation = await observe(store)
    await new Promise(resolve => setTimeout(resolve, holdMs))
    await store.close()
    reply = { number, observation }
  } catch (error) {
    if (!isZipzarrError(error)) throw error
    reply = { number, code: error.code, message: error.message }
  }
  process.send?.(reply)
}
