// Pages for people: a frame, and text that is always escaped. What an archive holds never becomes markup.
import type { FastifyReply } from 'fastify'
import { HTML_TYPE } from '../http/media-types.js'

/** Markup that is safe as it stands. Only `html` and `raw` make it. */
export interface Markup {
  readonly markup: string
}

type Insert = string | number | Markup | readonly Markup[]

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  ':': '&#58;',
}

/** Template tag: inserted text is escaped, inserted markup is not. */
export function html(strings: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  const markup = strings.reduce((whole, piece, i) => whole + insertText(inserts[i - 1]) + piece)
  return { markup }
}

function insertText(insert: Insert): string {
  // Without its colon no URL stands in the source: fsspec takes those that it finds there for what a page lists.
  if (typeof insert === 'string')
    return insert.replaceAll(/[&<>"']|:(?=\/\/)/g, character => ESCAPES[character] as string)
  if (typeof insert === 'number') return String(insert)
  if ('markup' in insert) return insert.markup
  return insert.map(part => part.markup).join('')
}

/** A link; `href` is a path whose segments are encoded already. */
export function link(href: string, text: string): Markup {
  return html`<a href="${href}">${text}</a>`
}

/**
 * The name of a child as a reference to it. fsspec takes the text of the reference for the child's name, so only
 * what would not be one segment of a path is encoded, and a name that begins like a URL (fsspec leaves it out).
 */
export function hrefOf(name: string): string {
  const encoded = name.replaceAll(/[^\p{L}\p{M}\p{N} ._~!$()*+,;=@-]|^ | $/gu, encodeCharacter)
  return encoded.startsWith('http') ? `%68${encoded.slice(1)}` : encoded
}

/** `encodeURIComponent` leaves the apostrophe, which would become a character reference. */
function encodeCharacter(character: string): string {
  return character === "'" ? '%27' : encodeURIComponent(character)
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #2563eb }
@media (prefers-color-scheme: dark) { :root { --accent: #7aa8ff } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; overflow-wrap: anywhere } h2 { font-size: 1.2rem; margin-top: 2rem } h3 { font-size: 1rem; margin-bottom: .4rem }
a { color: var(--accent); text-decoration: none } a:hover { text-decoration: underline }
table { border-collapse: collapse; width: 100% } th { text-align: left; font-weight: 600 }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .7rem; overflow-x: auto }
code, pre, td.mono { font-family: ui-monospace, monospace; font-size: .875rem }
footer { margin-top: 3rem; font-size: .875rem; opacity: .75 } .note { opacity: .75 }
`

/** No script, nothing from elsewhere: the page is its own style and links. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'"

/** Not just `/`: to fsspec that is a child without a name. */
const ALL_STORES = link('/#stores', 'all stores')

export interface Page {
  readonly title: string
  readonly body: readonly Markup[]
}

export function renderPage({ title, body }: Page): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ markup: STYLE }}</style>
</head>
<body>
${body}
<footer>zipzarr · ${ALL_STORES} · ${link('/docs', 'API')} · ${link('/errors', 'error codes')}</footer>
</body>
</html>
`
  return page.markup
}

/** What every page is sent with. */
export const PAGE_HEADERS = {
  'content-type': HTML_TYPE,
  'content-security-policy': CONTENT_SECURITY_POLICY,
}

export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  reply.headers(PAGE_HEADERS).header('cache-control', 'no-cache')
  return reply.send(renderPage(page))
}
