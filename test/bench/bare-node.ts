// node:http with nothing behind it: the files of a folder from memory, on two forked processes. What is left of a
// limit when there is no routing, no store and no header but two.
import cluster from 'node:cluster'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

const [root, port] = process.argv.slice(2) as [string, string]

function serve(): void {
  const files = new Map<string, Buffer>()
  const server = createServer((request, response) => {
    const { url = '/' } = request
    const file = files.get(url) ?? readFileSync(join(root, url))
    files.set(url, file)
    response.writeHead(200, [
      'content-type',
      'application/octet-stream',
      'content-length',
      String(file.length),
    ])
    response.end(file)
  })
  server.listen(Number(port), '127.0.0.1')
}

cluster.schedulingPolicy = cluster.SCHED_NONE
if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork()
} else serve()
