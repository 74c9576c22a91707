import fc from 'fast-check'
import t from 'tap'
import { LoopYield } from '../../src/memory/loop-yield.js'
import { sortByName } from '../../src/store/name-order.js'

const entries = (names: readonly string[]) => names.map(name => ({ name, metadata: new Set<string>() }))
const inBytes = (names: readonly string[]) =>
  [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

async function sorted(names: readonly string[]): Promise<string[]> {
  return (await sortByName(entries(names), new LoopYield())).map(({ name }) => name)
}

t.test('names come in the byte order of UTF-8, beyond U+FFFF too', async t => {
  t.same(await sorted([]), [])
  const names = fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 3 }), { maxLength: 40 })
  await t.resolves(
    fc.assert(fc.asyncProperty(names, async list => t.same(await sorted(list), inBytes(list)) || true)),
  )
})

t.test('many names are merged from runs, whatever their order', async t => {
  for (const count of [511, 512, 513, 5000]) {
    const names = Array.from({ length: count }, (_, i) => `name ${(i * 7919) % count}`)
    t.same(await sorted(names), inBytes(names), `${count}`)
    t.same(await sorted(inBytes(names)), inBytes(names), `${count}, sorted`)
  }
})
