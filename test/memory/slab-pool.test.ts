import t from 'tap'
import { SlabPool } from '../../src/memory/slab-pool.js'

const MIB = 2 ** 20

t.test('a released buffer is lent again, for any length of its size class', async t => {
  const pool = new SlabPool({ maxIdleBytes: 4 * MIB })
  const first = pool.acquire(600_000)
  t.equal(first.byteLength, 600_000)
  pool.release(first)
  t.equal(pool.idleBytes, MIB)
  t.equal(pool.acquire(MIB).buffer, first.buffer)
  t.equal(pool.idleBytes, 0)
})

t.test('a view is given back once; parts of it and other arrays are ignored', async t => {
  const pool = new SlabPool({ maxIdleBytes: 4 * MIB })
  const view = pool.acquire(MIB)
  pool.release(view.subarray(0, 10))
  pool.release(new Uint8Array(MIB))
  t.equal(pool.idleBytes, 0)
  pool.release(view)
  pool.release(view)
  t.equal(pool.idleBytes, MIB)
  t.not(pool.acquire(MIB).buffer, pool.acquire(MIB).buffer)
})

t.test('what is given back takes the place of idle buffers of other sizes, within the bound', async t => {
  const pool = new SlabPool({ maxIdleBytes: 4 * MIB })
  const small = [pool.acquire(MIB), pool.acquire(MIB)]
  for (const view of small) pool.release(view)
  const large = pool.acquire(4 * MIB)
  pool.release(large)
  t.equal(pool.idleBytes, 4 * MIB)
  t.equal(pool.acquire(4 * MIB).buffer, large.buffer, 'a reading in large slabs uses one buffer')
  pool.release(pool.acquire(8 * MIB))
  t.equal(pool.idleBytes, 0, 'one beyond the bound is never kept')
})
