// What a reading holds of a shard between two slabs.
import t from 'tap'
import { CurrentShard } from '../../../src/zarr/reading/chunk-source.js'
import { writtenStore } from '../../support/written-array.js'

const store = writtenStore({ shape: [8], chunkShape: [4] })
const chunkOf = (key: string) => ({ key: key as never, stat: store.stat(key as never) })

t.test('value and index count, and what is too much of both is forgotten', async t => {
  const shard = new CurrentShard()
  const inUse = shard.of(chunkOf('c/0'))
  t.equal(shard.forgetAbove(0), 0)
  t.equal(shard.of(chunkOf('c/0')), inUse, 'nothing to forget')
  inUse.indexByteLength = 100
  t.equal(shard.forgetAbove(100), 100)
  inUse.whole = Promise.resolve(new Uint8Array(8))
  t.equal(shard.forgetAbove(108), 108)
  t.equal(shard.forgetAbove(107), 0)
  t.not(shard.of(chunkOf('c/0')), inUse)
})

t.test('another shard is another one', async t => {
  const shard = new CurrentShard()
  const first = shard.of(chunkOf('c/0'))
  t.not(shard.of(chunkOf('c/1')), first)
})
