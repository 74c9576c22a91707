// Text from archives and URLs as header values: nothing in it may break a header, or a disk.
import { validateHeaderValue } from 'node:http'
import fc from 'fast-check'
import t from 'tap'
import { contentDisposition, headerValue } from '../../src/http/header-value.js'

t.test('any text becomes a legal header value that decodes to itself', async t => {
  const property = fc.property(fc.string({ unit: 'binary', maxLength: 50 }), text => {
    const value = headerValue(text)
    validateHeaderValue('x', value)
    if (!/^[\x20-\x7e]*$/.test(value)) throw new Error(`not visible ASCII: ${value}`)
    const wellFormed = text.replaceAll(/\p{Surrogate}/gu, '\ufffd')
    if (decodeURIComponent(value) !== wellFormed) throw new Error(`${value} is not ${text}`)
  })
  fc.assert(property, { numRuns: 300, seed: 7 })
  t.equal(headerValue('a b'), 'a b')
  t.equal(headerValue('100%\r\nX: ü'), '100%25%0D%0AX: %C3%BC')
})

t.test('a file name keeps to one name in the current folder', async t => {
  t.equal(contentDisposition('a.npy'), `attachment; filename="a.npy"; filename*=UTF-8''a.npy`)
  t.equal(contentDisposition('../../x'), `attachment; filename="__.._x"; filename*=UTF-8''__.._x`)
  t.equal(contentDisposition('.bashrc'), `attachment; filename="_bashrc"; filename*=UTF-8''_bashrc`)
  t.equal(contentDisposition('a"\r\nb'), `attachment; filename="a___b"; filename*=UTF-8''a___b`)
  t.equal(contentDisposition('ü(1)'), `attachment; filename="_(1)"; filename*=UTF-8''%C3%BC%281%29`)
})
