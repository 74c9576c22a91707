// README's tables are made from the code: options, errors, what is read.
import t from 'tap'
import { readReadme, renderReadme } from './support/readme.js'

t.test('README says what the code says of options, errors and formats', async t => {
  const text = readReadme()
  t.equal(text, renderReadme(text), 'stale: run npm run docs')
})
