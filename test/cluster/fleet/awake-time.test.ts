// The clock of the workers' deadlines; the time is given.
import t from 'tap'
import { AwakeTime } from '../../../src/cluster/fleet/awake-time.js'

t.test('time awake goes with the clock, and stands still in a pause', async t => {
  const awake = new AwakeTime(250, 1000)
  t.equal(awake.ms, 0)
  t.equal(awake.tick(1250), 250)
  t.equal(awake.tick(1600), 600, 'a late tick is no pause')
  t.equal(awake.tick(3_601_600), 1100, 'an hour of pause counts as two periods')
  t.equal(awake.tick(3_601_850), 1350)
  t.equal(awake.ms, 1350)
})
