// Folders without their slash, and slashes where one too many is written.
import t from 'tap'
import { ROOT_GROUP, rawRequest, serveEntries, smallArray } from '../support/service-client.js'

const GROUP = { name: 'sub/zarr.json', data: ROOT_GROUP.data as string }
const ENTRIES = [
  ROOT_GROUP,
  GROUP,
  ...smallArray('sub/deep/x'),
  ...smallArray('数据/a b'),
  ...smallArray('t:1%'),
  { name: 'both', data: 'a key' },
  { name: 'both/zarr.json', data: ROOT_GROUP.data as string },
]

t.test('a folder without its slash redirects to the same with a slash, for GET and HEAD', async t => {
  const { app } = await serveEntries(t, ENTRIES)
  const cases: ReadonlyArray<readonly [url: string, location: string, path: string]> = [
    ['/zarr/a', 'a/', '/zarr/a/'],
    ['/zarr/a?api_key=k', 'a/?api_key=k', '/zarr/a/'],
    ['/zarr/a/sub', 'sub/', '/zarr/a/sub/'],
    ['/zarr/a/sub/deep', 'deep/', '/zarr/a/sub/deep/'],
    ['/zarr/a/sub/deep/x', 'x/', '/zarr/a/sub/deep/x/'],
    ['/zarr/a/sub/deep/x/c', 'c/', '/zarr/a/sub/deep/x/c/'],
    ['/zarr/a/sub/deep/x/c/0', '0/', '/zarr/a/sub/deep/x/c/0/'],
    ['/zarr/a/sub?api_key=k&b=%20', 'sub/?api_key=k&b=%20', '/zarr/a/sub/'],
    ['/zarr/a/sub%2Fdeep', 'sub/deep/', '/zarr/a/sub/deep/'],
    ['/zarr/a/%E6%95%B0%E6%8D%AE/a%20b', '../%E6%95%B0%E6%8D%AE/a%20b/', '/zarr/a/%E6%95%B0%E6%8D%AE/a%20b/'],
    ['/zarr/a/t:1%25', 't%3A1%25/', '/zarr/a/t%3A1%25/'],
    ['/zarr/a//sub', '../../../zarr/a/sub/', '/zarr/a/sub/'],
  ]
  for (const [url, location, path] of cases) {
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await app.inject({ method, url, headers: { range: 'bytes=0-1' } })
      t.match(answer, { statusCode: 308, headers: { location } }, `${method} ${url}`)
    }
    const target = new URL(location, `http://host${url}`).pathname
    t.equal(target, path)
    t.match(await app.inject({ url: target }), { statusCode: 200, headers: { 'content-type': /html/ } }, path)
  }
})

t.test('a key wins over a folder of its name; what is neither is absent', async t => {
  const { app } = await serveEntries(t, ENTRIES)
  t.match(await app.inject({ url: '/zarr/a/both' }), { statusCode: 200, body: 'a key' })
  t.match(await app.inject({ url: '/zarr/a/both/' }), {
    statusCode: 200,
    headers: { 'content-type': /html/ },
  })
  for (const url of ['/zarr/a/su', '/zarr/a/sub/deep/x/c/9', '/zarr/a/sub/zarr.json/x', '/zarr/a/nope/']) {
    t.equal((await app.inject({ url })).json().code, 'KEY_NOT_FOUND', url)
  }
})

t.test('doubled slashes after the id of the store count as one', async t => {
  const { app } = await serveEntries(t, ENTRIES)
  for (const slashes of ['/', '//', '///']) {
    for (const method of ['GET', 'HEAD'] as const) {
      const value = await app.inject({ method, url: `/zarr/a${slashes}zarr.json` })
      t.match(value, { statusCode: 200, headers: { 'content-length': '67' } }, `${method} ${slashes}`)
      const page = await app.inject({ method, url: `/zarr/a${slashes}` })
      t.match(page, { statusCode: 200, headers: { 'content-type': /html/ } }, `${method} ${slashes}`)
    }
    const part = { url: `/zarr/a${slashes}both`, headers: { range: 'bytes=2-4' } }
    t.match(await app.inject(part), { statusCode: 206, body: 'key' })
    t.equal((await app.inject({ url: `/zarr/a${slashes}nope` })).json().code, 'KEY_NOT_FOUND')
  }
})

t.test('elsewhere they redirect to the path with single slashes', async t => {
  const { app } = await serveEntries(t, ENTRIES)
  const cases: ReadonlyArray<readonly [url: string, path: string]> = [
    ['/zarr/a/sub//zarr.json', '/zarr/a/sub/zarr.json'],
    ['/zarr/a/sub//', '/zarr/a/sub/'],
    ['/zarr/a//sub///deep//x/zarr.json', '/zarr/a/sub/deep/x/zarr.json'],
    ['/zarr/a/%E6%95%B0%E6%8D%AE//a%20b/', '/zarr/a/%E6%95%B0%E6%8D%AE/a%20b/'],
    ['/zarr//a/zarr.json', '/zarr/a/zarr.json'],
    ['/zarr//a', '/zarr/a'],
  ]
  for (const [url, path] of cases) {
    for (const query of ['', '?api_key=//k']) {
      for (const method of ['GET', 'HEAD'] as const) {
        const answer = await app.inject({ method, url: `${url}${query}` })
        t.equal(answer.statusCode, 308, `${method} ${url}`)
        const target = new URL(answer.headers.location as string, `http://host${url}`)
        t.equal(`${target.pathname}${target.search}`, `${path}${query}`, `${method} ${url}`)
      }
    }
  }
})

t.test(
  'encoded slashes are no doubled slashes, and nothing leads to another host or out of the store',
  async t => {
    const { app, listen } = await serveEntries(t, ENTRIES)
    for (const path of ['%2Fzarr.json', 'sub%2F%2Fzarr.json', '/%2F', '//sub%2F%2Fzarr.json']) {
      const answer = await app.inject({ url: `/zarr/a/${path}` })
      t.equal(answer.json().code, 'INVALID_KEY', path)
    }
    const port = Number(new URL(await listen()).port)
    for (const path of [
      '/zarr/a//evil.com',
      '/zarr/a//evil.com//x',
      '/zarr//evil.com/x',
      '//evil.com/x',
      '/zarr/a/sub//..//x',
    ]) {
      const answer = await rawRequest(port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
      t.notMatch(answer, /^location: (?:\/|https?:)/im, path)
      t.match(answer, /^HTTP\/1.1 (?:308|400|404)/, path)
    }
  },
)
