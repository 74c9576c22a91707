// tap compiles its plugin set on its first run, but starts that run with the old one, whose TypeScript
// plugin does not know TypeScript 7. Building the set before the first run avoids a failing first `npm test`.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { repository } from './paths.js'

const modules = `${repository}node_modules/`
const built = readFileSync(`${modules}@tapjs/test/test-built/dist/esm/index.js`, 'utf8')

if (built.includes('@tapjs/typescript')) {
  const arguments_ = [`${modules}tap/dist/esm/run.mjs`, 'build']
  const { status } = spawnSync(process.execPath, arguments_, {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  process.exitCode = status ?? 1
}
