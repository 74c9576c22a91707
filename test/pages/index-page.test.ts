// What programs make of a page that people read: fsspec finds a group's children in its source.
import t from 'tap'
import { ROOT_GROUP, serveEntries, smallArray } from '../support/service-client.js'

/** The expressions of fsspec.implementations.http. */
const LINK = /<(?:a|A)\s+(?:[^>]*?\s+)?(?:href|HREF)=["']([^"']+)/g
const URL_IN_TEXT = /(https?:\/\/[-a-zA-Z0-9@:%_+.~#?&/=]+)/g

/** What `HTTPFileSystem.ls` makes of a page, as names below its URL. */
function fsspecChildren(page: string, url: string): string[] {
  const found = [LINK, URL_IN_TEXT].flatMap(pattern =>
    [...page.matchAll(pattern)].map(match => match[1] as string),
  )
  const children = found.flatMap(text => {
    const target = text.startsWith('/') && text.length > 1 ? `${new URL(url).origin}${text}` : text
    if (target.startsWith('http')) return target.startsWith(url) ? [target.slice(url.length)] : []
    return target === '..' || target === '../' ? [] : [target.replace(/^\//, '')]
  })
  return [...new Set(children)].sort()
}

const GROUP = ROOT_GROUP.data as string
const NAMES = ['sub', 'a b', 'länge', '数据', 'a.b', 'x=1', 'O(n)']

t.test('a page lists exactly the children of its folder, under their names', async t => {
  const { app } = await serveEntries(t, [
    ROOT_GROUP,
    ...NAMES.map(name => ({ name: `${name}/zarr.json`, data: GROUP })),
    ...smallArray('sub/x'),
  ])
  const children = async (path: string) => {
    const url = `/zarr/a/${path}`
    const { body } = await app.inject({ url, headers: { host: 'host:8080' } })
    return fsspecChildren(body, `http://host:8080${url}`)
  }
  t.strictSame(await children(''), [...NAMES.map(name => `${name}/`), 'zarr.json'].sort())
  t.strictSame(await children('sub/'), ['x/', 'zarr.json'])
  t.strictSame(await children('sub/x/'), ['c/', 'zarr.json'])
  t.strictSame(await children('sub/x/c/1/'), ['0'])
})

t.test('long lists are whole: clients take what they find for all there is', async t => {
  const count = 12_000
  const groups = Array.from({ length: count }, (_, i) => ({ name: `g${i}/zarr.json`, data: GROUP }))
  const values = Array.from({ length: count }, (_, i) => ({ name: `c/${i}`, data: '' }))
  const { app } = await serveEntries(t, [ROOT_GROUP, ...groups, ...values])
  for (const [path, length] of [
    ['', count + 2],
    ['c/', count],
  ] as const) {
    const { body } = await app.inject({ url: `/zarr/a/${path}`, headers: { host: 'h' } })
    t.equal(fsspecChildren(body, `http://h/zarr/a/${path}`).length, length, path)
  }
})

t.test('a name that cannot stand in a reference as it is leads to its child all the same', async t => {
  const names = [
    "it's",
    'a"b',
    'a&b',
    '100%',
    'a?b',
    'a#b',
    't:1',
    ' x ',
    'http',
    'https:',
    '<i>',
    'a\u0001b',
  ]
  const { app } = await serveEntries(t, [
    ROOT_GROUP,
    ...names.map(name => ({ name: `${name}/v`, data: name })),
  ])
  const url = 'http://host:8080/zarr/a/'
  const { body } = await app.inject({ url: '/zarr/a/', headers: { host: 'host:8080' } })
  const children = fsspecChildren(body, url).filter(child => child !== 'zarr.json')
  t.equal(children.length, names.length)
  const values = children.map(async child => {
    const { pathname, search, hash } = new URL(`${child}v`, url)
    t.equal(`${search}${hash}`, '', child)
    return (await app.inject({ url: pathname })).body
  })
  t.strictSame((await Promise.all(values)).sort(), [...names].sort())
})

t.test('what an archive holds brings no URL into the source, and reads the same', async t => {
  const attributes = { 'http://host:8080/zarr/a/evil': 1 }
  const array = {
    ...JSON.parse(String(smallArray()[0]?.data)),
    attributes,
    dimension_names: ['http://host/y', 'x'],
  }
  const { app } = await serveEntries(t, [ROOT_GROUP, { name: 'x/zarr.json', data: JSON.stringify(array) }])
  for (const url of ['/zarr/a/', '/zarr/a/x/']) {
    const { body } = await app.inject({ url, headers: { host: 'host:8080' } })
    t.notMatch(body, /https?:\/\//, url)
    t.notMatch(body, /href="\/"/, url)
    t.match(body, 'http&#58;//host/y', 'a browser shows the colon')
  }
})

t.test(
  'a failure is a page where the client asks for HTML, and a problem document everywhere else',
  async t => {
    const { app } = await serveEntries(t, [ROOT_GROUP])
    const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'
    const failures: ReadonlyArray<readonly [url: string, status: number, code: string]> = [
      ['/zarr/a/%3Cb%3E', 404, 'KEY_NOT_FOUND'],
      ['/zarr/none/x', 404, 'STORE_NOT_FOUND'],
      ['/nowhere', 404, 'ROUTE_NOT_FOUND'],
      ['/zarr/a/x%5Cy', 400, 'INVALID_KEY'],
      ['/v1/stores?limit=x', 400, 'BAD_REQUEST'],
    ]
    for (const [url, status, code] of failures) {
      const page = await app.inject({ url, headers: { accept: browser, 'x-request-id': 'my-request' } })
      t.match(page, { statusCode: status, headers: { 'content-type': 'text/html; charset=utf-8' } }, url)
      t.match(page.headers, {
        vary: /Accept/,
        'cache-control': 'no-store',
        'access-control-allow-origin': '*',
      })
      t.match(page.headers['content-security-policy'], /default-src 'none'/)
      for (const text of [code, 'my-request']) t.ok(page.body.includes(text), `${url}: ${text}`)
      t.notMatch(page.body, '<b>')
      const head = await app.inject({ method: 'HEAD', url, headers: { accept: browser } })
      t.equal(head.statusCode, status, url)
      for (const accept of [
        undefined,
        '*/*',
        'application/json',
        'application/json, text/html',
        'image/png',
      ]) {
        const headers = accept === undefined ? {} : { accept }
        const problem = await app.inject({ url, headers })
        t.match(problem, { statusCode: status, headers: { 'content-type': 'application/problem+json' } }, url)
        t.equal(problem.json().code, code)
      }
    }
  },
)
