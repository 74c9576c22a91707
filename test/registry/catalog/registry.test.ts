import fc from 'fast-check'
import t from 'tap'
import { Registry } from '../../../src/registry/catalog/registry.js'
import type { RegistryChange } from '../../../src/registry/changes.js'
import { Replica } from '../../../src/registry/serving/replica.js'
import type { StoreId } from '../../../src/store/keys.js'

const id = (text: string) => text as StoreId
const record = (name: string) => ({
  id: id(name),
  location: { root: 'data', path: `${name}.zip` },
  state: 'indexing' as const,
})

/** A registry whose changes are written down. */
function recorded() {
  const registry = new Registry()
  const changes: RegistryChange[] = []
  registry.on('change', change => changes.push(change))
  return { registry, changes }
}

t.test('every change is exactly one revision, and nothing else moves it', async t => {
  const { registry, changes } = recorded()
  t.equal(registry.put(record('b')).revision, 1)
  t.equal(registry.put(record('a')).revision, 2)
  t.equal(registry.remove(id('c')), false)
  t.equal(registry.remove(id('b')), true)
  t.same(
    changes.map(change => [change.kind, change.revision]),
    [
      ['put', 1],
      ['put', 2],
      ['remove', 3],
    ],
  )
  t.same(
    registry.list().map(found => found.id),
    ['a'],
  )
})

t.test('a record in the registry cannot be changed from outside', async t => {
  const { registry } = recorded()
  const kept = registry.put(record('a'))
  t.throws(() => Object.assign(kept, { state: 'ready' }), TypeError)
})

t.test('a replica fed with the snapshot of any moment and all later changes equals the registry', async t => {
  const step = fc.tuple(fc.boolean(), fc.constantFrom('a', 'b', 'c', 'd'))
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(40), (steps, snapshotAt) => {
        const { registry, changes } = recorded()
        const replica = new Replica()
        for (const [index, [isPut, name]] of steps.entries()) {
          if (index === snapshotAt) replica.applySnapshot(registry.snapshot())
          if (isPut) registry.put(record(name))
          else registry.remove(id(name))
        }
        if (snapshotAt >= steps.length) replica.applySnapshot(registry.snapshot())
        for (const change of changes) replica.applyChange(JSON.parse(JSON.stringify(change)))
        return (
          replica.revision === registry.revision &&
          JSON.stringify(replica.list()) === JSON.stringify(registry.list())
        )
      }),
    ),
  )
})

t.test('a replica that missed a change says so and keeps what it has', async t => {
  const { registry, changes } = recorded()
  const replica = new Replica()
  replica.applySnapshot(registry.snapshot())
  for (const name of ['a', 'b', 'c']) registry.put(record(name))
  t.equal(replica.applyChange(changes[0]), 'applied')
  t.equal(replica.applyChange(changes[2]), 'gap')
  t.same(
    replica.list().map(found => found.id),
    ['a'],
  )
  t.equal(replica.applyChange(changes[1]), 'applied')
  t.equal(replica.applyChange(changes[2]), 'applied')
  t.equal(replica.applyChange(changes[1]), 'stale')
  t.same(
    replica.list().map(found => found.id),
    ['a', 'b', 'c'],
  )
})

t.test('changes of another life of the registry are no changes to this one', async t => {
  const first = recorded()
  const second = recorded()
  const replica = new Replica()
  first.registry.put(record('a'))
  replica.applySnapshot(first.registry.snapshot())
  second.registry.put(record('b'))
  second.registry.put(record('c'))
  t.equal(replica.applyChange(second.changes[1]), 'gap')
  t.equal(replica.applySnapshot(second.registry.snapshot()), 'applied')
  t.same(
    replica.list().map(found => found.id),
    ['b', 'c'],
  )
})

t.test('a snapshot that was overtaken by changes does not take them back', async t => {
  const { registry, changes } = recorded()
  const replica = new Replica()
  const early = registry.snapshot()
  replica.applySnapshot(early)
  registry.put(record('a'))
  replica.applyChange(changes[0])
  t.equal(replica.applySnapshot(early), 'stale')
  t.ok(replica.get('a'))
})
