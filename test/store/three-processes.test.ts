// The bug this project began with (zarr-python #2752, #2762, #2807): three ZipStores handed to a process pool
// lost one attribute on the way, the pool swallowed the error, and the caller waited for ever; the first fix
// then took the sender's own store apart.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { type StoreDescriptor, serializeDescriptor } from '../../src/store/descriptor/descriptor.js'
import { reopenStore } from '../../src/store/descriptor/reopen.js'
import { describeArchiveAt, placesOf } from '../support/described.js'
import { fixtures } from '../support/paths.js'
import { ReopenProcess, type ReopenReply } from '../support/reopen-process.js'
import { tempDir } from '../support/temp-dir.js'
import { type Observation, observe } from './store-contract.js'

const root = join(fixtures, 'archives', 'three')
/** A guard against waiting for ever, far beyond what a busy machine needs. */
const DEADLINE_MS = 120_000

async function prepare(t: Parameters<typeof tempDir>[0]) {
  const place = { root, cacheDir: await tempDir(t) }
  const names = (await readdir(root)).filter(name => name.endsWith('.zip')).sort()
  const descriptors = await Promise.all(names.map(name => describeArchiveAt(place, name, name)))
  const options = { ...placesOf(place), deadlineMs: DEADLINE_MS }
  const stores = await Promise.all(descriptors.map(descriptor => reopenStore(descriptor, options)))
  const expected = (await Promise.all(stores.map(observe))).map(asSent)
  const processes = [0, 1, 2].map(() => new ReopenProcess(t))
  return { places: placesOf(place), descriptors, stores, expected, processes }
}

/** Every process opens every store, all at once. */
function openAll(
  processes: ReopenProcess[],
  texts: string[],
  places: ReturnType<typeof placesOf>,
  holdMs = 0,
) {
  return processes.map(process => Promise.all(texts.map(text => process.reopen(text, places, holdMs))))
}

t.test('three archives opened by three processes at once show the same in all of them', async t => {
  const { places, descriptors, stores, expected, processes } = await prepare(t)
  const texts = descriptors.map(serializeDescriptor)
  const replies = await within(Promise.all(openAll(processes, texts, places)))
  t.equal(replies.flat().length, 9)
  for (const ofProcess of replies) t.same(ofProcess.map(observationOf), expected)
  t.ok(expected.every(({ readOnly, values }) => readOnly && Object.keys(values).length > 3))
  await stillWork(t, stores, expected)
})

t.test('a process killed in the middle is a named outcome; all else goes on and nothing hangs', async t => {
  const { places, descriptors, stores, expected, processes } = await prepare(t)
  const texts = descriptors.map(serializeDescriptor)
  const [first, victim, last] = processes
  await within(first.reopen(texts[0], places))
  const ofVictimLater = openAll([victim], texts, places, 2 * DEADLINE_MS)
  const [ofFirst, ofLast] = await within(Promise.all(openAll([first, last], texts, places)))
  victim.kill()
  const [ofVictim] = await within(Promise.all(ofVictimLater))
  t.same(
    ofVictim.map(reply => reply.code),
    ['WORKER_LOST', 'WORKER_LOST', 'WORKER_LOST'],
  )
  t.match(ofVictim[0], { message: /SIGKILL/ })
  t.same(ofFirst.map(observationOf), expected)
  t.same(ofLast.map(observationOf), expected)
  await stillWork(t, stores, expected)

  const replacement = new ReopenProcess(t)
  const again = await within(Promise.all(texts.map(text => replacement.reopen(text, places))))
  t.same(again.map(observationOf), expected, 'its replacement opens the stores from the same descriptors')
  t.same((await within(last.reopen(texts[2], places))).observation, expected[2])
})

t.test('a descriptor that loses a field on the way is an error for the caller, at once', async t => {
  const { places, descriptors, processes } = await prepare(t)
  const lost = descriptors.map(({ readOnly: _lost, ...rest }: StoreDescriptor) => JSON.stringify(rest))
  const replies = await within(Promise.all(openAll(processes, lost, places)))
  for (const reply of replies.flat()) t.match(reply, { code: 'DESCRIPTOR_INVALID', message: /readOnly/ })
})

async function stillWork(
  t: { same(a: unknown, b: unknown, message: string): unknown },
  stores: Awaited<ReturnType<typeof reopenStore>>[],
  expected: Observation[],
): Promise<void> {
  const after = (await Promise.all(stores.map(observe))).map(asSent)
  t.same(after, expected, "the sender's own stores work as before")
  await Promise.all(stores.map(store => store.close()))
}

function observationOf(reply: ReopenReply): Observation | undefined {
  return reply.observation
}

/** As it looks after a journey between processes. */
function asSent(observation: Observation): Observation {
  return JSON.parse(JSON.stringify(observation))
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still waiting after ${DEADLINE_MS} ms`)), DEADLINE_MS)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
