// Run by the build: puts the files of Swagger UI into build/docs. Whoever installs the package needs nothing else of
// the one they come from, which brings twenty others.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { DOCS_ASSETS } from './docs-assets.js'

const target = fileURLToPath(new URL('../../docs/', import.meta.url))
const { resolve } = createRequire(import.meta.url)

mkdirSync(target, { recursive: true })
for (const name of Object.keys(DOCS_ASSETS)) {
  copyFileSync(resolve(`@fastify/swagger-ui/static/${name}`), `${target}${name}`)
}
// The licence asks to be passed on; TypeScript is under the same one, and has its text.
const apache = readFileSync(resolve('typescript/package.json').replace('package.json', 'LICENSE'), 'utf8')
writeFileSync(`${target}LICENSE.txt`, `Swagger UI, Copyright SmartBear Software Inc.\n\n${apache}`)
