// Numbers that documents declare cost nothing before they are refused, or by themselves.
import t from 'tap'
import { isZipzarrError } from '../../../src/errors.js'
import { checkChunkCount } from '../../../src/responses/size-limit.js'
import { type NodePath, parseNodePath } from '../../../src/store/keys.js'
import { listNodes } from '../../../src/zarr/hierarchy/hierarchy.js'
import { parseSelection } from '../../../src/zarr/indexing/selection.js'
import { ZarrArray } from '../../../src/zarr/reading/array.js'
import { failureOf } from '../../support/failure.js'
import { FolderStore } from '../../support/folder-store.js'
import { metadataOf, type WrittenArray, writtenStore } from '../../support/written-array.js'

const ROOT = parseNodePath('')

/** The array at the root of a store, and the names of the store's methods as they are called. */
async function counted(array: WrittenArray): Promise<{ array: ZarrArray; calls: string[] }> {
  const calls: string[] = []
  const store = new Proxy(FolderStore.fromEntries([['zarr.json', metadataOf(array)]]), {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...given: unknown[]) => {
        calls.push(String(name))
        return Reflect.apply(member, target, given)
      }
    },
  })
  const opened = await ZarrArray.open(store, ROOT)
  calls.length = 0
  return { array: opened, calls }
}

t.test('a tag looks up stored chunks, however many inner chunks they declare', async t => {
  const { array, calls } = await counted({ shape: [2 ** 22], chunkShape: [2 ** 20], innerShape: [1] })
  t.match(array.entityTag(array.resolve([])), /^[\w-]{27}$/)
  t.same(calls, ['stat', 'stat', 'stat', 'stat'])
})

t.test('shards of more inner chunks than an index can be read of are refused by name', async t => {
  const vast = { shape: [2 ** 30], chunkShape: [2 ** 30], innerShape: [1] }
  const store = FolderStore.fromEntries([['zarr.json', metadataOf(vast)]])
  await t.rejects(ZarrArray.open(store, ROOT), {
    code: 'CODEC_UNSUPPORTED',
    facts: { codec: 'sharding_indexed', limit: 2 ** 20, actual: 2 ** 30 },
  })
})

t.test('more chunks than allowed are refused with a selection that fits', async t => {
  const cases: [array: WrittenArray, selection: string, limit: number, hint: string | undefined][] = [
    [{ shape: [100], chunkShape: [1] }, '', 100, undefined],
    [{ shape: [100], chunkShape: [1] }, '', 10, '0:10'],
    [{ shape: [10 ** 9], chunkShape: [1] }, '', 2 ** 20, `0:${2 ** 20}`],
    [{ shape: [10 ** 9], chunkShape: [1] }, '::-2', 1000, '999999999:999998000:-2'],
    [{ shape: [100, 100], chunkShape: [10, 10] }, '', 25, '0:20,0:100'],
    [{ shape: [100, 100], chunkShape: [10, 10] }, '', 3, '0:1,0:30'],
    [{ shape: [100], chunkShape: [1] }, '[1,1,1,1,2,3,4,5]', 2, '[1,1,1]'],
    [{ shape: [64], chunkShape: [32], innerShape: [1] }, '', 10, '0:10'],
  ]
  for (const [written, selection, limit, hint] of cases) {
    const array = await ZarrArray.open(FolderStore.fromEntries([['zarr.json', metadataOf(written)]]), ROOT)
    const asked = array.resolve(parseSelection(selection))
    const check = (): void => checkChunkCount(array, asked, limit)
    if (hint === undefined) {
      t.doesNotThrow(check)
      continue
    }
    const error = failureOf(check)
    t.match(error, {
      code: 'TOO_MANY_CHUNKS',
      facts: { limit, actual: array.chunksTouched(asked), hint: `slice=${hint}` },
    })
    const fitting = array.resolve(parseSelection(hint))
    t.ok(array.chunksTouched(fitting) <= limit, `${hint} fits`)
  }
})

t.test('a page of large documents ends early and goes on with the next', async t => {
  const group = { zarr_format: 3, node_type: 'group', attributes: { text: 'x'.repeat(1000) } }
  const names = ['a', 'b', 'c', 'd', 'e']
  const store = FolderStore.fromEntries([
    ['zarr.json', group],
    ...names.map(name => [`${name}/zarr.json`, group] as [string, object]),
  ])
  const pages: string[][] = []
  let after: NodePath | undefined
  do {
    const options = { maxDocumentBytes: 1500, ...(after !== undefined && { after }) }
    const page = await listNodes(store, options, node => node.path)
    pages.push([...page.nodes])
    after = page.next
  } while (after !== undefined)
  t.same(pages, [['a', 'b'], ['c', 'd'], ['e']])
})

t.test('a path of 500 folders takes a look-up or two for each of them', async t => {
  let lookUps = 0
  const path = Array.from({ length: 500 }, () => 'd').join('/')
  const entries: [string, object][] = [[`${path}/zarr.json`, { zarr_format: 3, node_type: 'group' }]]
  const store = new Proxy(FolderStore.fromEntries(entries), {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      lookUps++
      return member.bind(target)
    },
  })
  const page = await listNodes(store)
  t.equal(page.nodes.length, 500)
  t.ok(lookUps <= 3 * 501, `${lookUps} look-ups`)
})

t.test('an index entry outside of its shard fails the inner chunk it belongs to', async t => {
  const array = { shape: [4], chunkShape: [4], innerShape: [1] }
  const good = await writtenStore(array).get('c/0' as never)
  const shard = Buffer.from(good as Buffer)
  shard.writeBigUInt64LE(2n ** 40n, shard.length - 16)
  const store = FolderStore.fromEntries([
    ['zarr.json', metadataOf(array)],
    ['c/0', shard],
  ])
  const opened = await ZarrArray.open(store, ROOT)
  const read = async (text: string) => {
    for await (const slab of opened.read(opened.resolve(parseSelection(text)))) return slab.kind
    return undefined
  }
  t.equal(await read('0'), 'fixed')
  const failure = await read('3').catch((error: unknown) => error)
  t.ok(isZipzarrError(failure) && failure.code === 'CODEC_FAILED')
})
