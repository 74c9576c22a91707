// HTTP answers out of the bytes of one connection, for tests on bare sockets.

export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface Split {
  readonly answers: RawAnswer[]
  /** The beginning of the next one, and how many bytes it lacks at least. */
  readonly rest: Buffer
  readonly missingBytes: number
}

/** The answers that are whole so far, in order. `methods` are those asked for: an answer to HEAD has no body. */
export function splitAnswers(bytes: Buffer, methods: readonly string[]): Split {
  const answers: RawAnswer[] = []
  let at = 0
  while (at < bytes.byteLength) {
    const headEnd = bytes.indexOf('\r\n\r\n', at)
    if (headEnd < 0) return { answers, rest: bytes.subarray(at), missingBytes: 1 }
    const [line, ...lines] = bytes.toString('latin1', at, headEnd).split('\r\n')
    const status = Number(line?.split(' ')[1])
    const headers = Object.fromEntries(lines.map(pairOf))
    const isEmpty = methods[answers.length] === 'HEAD' || status === 304 || status === 204 || status === 100
    const begin = headEnd + 4
    const end = isEmpty ? begin : bodyEnd(bytes, begin, headers)
    if (end > bytes.byteLength) {
      return { answers, rest: bytes.subarray(at), missingBytes: end - bytes.byteLength }
    }
    answers.push({ status, headers, body: bytes.subarray(begin, end) })
    at = end
  }
  return { answers, rest: bytes.subarray(at), missingBytes: 1 }
}

function pairOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

function bodyEnd(bytes: Buffer, begin: number, headers: Readonly<Record<string, string>>): number {
  if (headers['content-length'] !== undefined) return begin + Number(headers['content-length'])
  if (headers['transfer-encoding'] !== 'chunked') throw new Error('an answer has no length')
  for (let at = begin; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return bytes.byteLength + 1
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    at = lineEnd + 2 + size + 2
    if (size === 0 || at > bytes.byteLength) return at
  }
}
