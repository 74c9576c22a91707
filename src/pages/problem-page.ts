// A problem as a page, for people whose browser asks for one: the same facts as in the problem document.
import type { Problem } from '../http/problem.js'
import { html, link, PAGE_HEADERS, renderPage } from './html.js'

export interface ProblemPage {
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export function problemPage({ type, title, status, detail, code, requestId, hint }: Problem): ProblemPage {
  const hintRow = typeof hint === 'string' ? html`<tr><th>Hint</th><td>${hint}</td></tr>` : html``
  const body = [
    html`<h1>${title}</h1><p>${detail}</p>`,
    html`<table>${hintRow}<tr><th>Status</th><td>${status}</td></tr>
<tr><th>Code</th><td class="mono">${link(type, code)}</td></tr>
<tr><th>Request</th><td class="mono">${requestId}</td></tr></table>`,
  ]
  return { headers: PAGE_HEADERS, text: renderPage({ title: `${status} ${title}`, body }) }
}
