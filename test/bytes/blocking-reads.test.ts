// A slow blocking read stops blocking reads for a second.
import t from 'tap'
import { BlockingReads } from '../../src/bytes/blocking-reads.js'

t.test('quick reads go on, a slow one pauses them for a second', async t => {
  const reads = new BlockingReads()
  t.ok(reads.isAllowed(0))
  reads.note(10, 29)
  t.ok(reads.isAllowed(29))
  reads.note(40, 65)
  t.notOk(reads.isAllowed(65))
  t.notOk(reads.isAllowed(1064))
  t.ok(reads.isAllowed(1065))
})
