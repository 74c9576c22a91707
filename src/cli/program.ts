// The command line: which commands there are and what each runs. A command's code is loaded when it is used,
// so that `serve` (the primary) never loads the HTTP application.
import { existsSync, readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { StartupError } from '../cluster/startup-error.js'
import { ConfigError } from '../config.js'
import { isZipzarrError } from '../errors.js'
import { DataRootError } from '../registry/discovery/data-roots.js'
import { addOptions, readConfig, withoutServiceLinks } from './options.js'
import { findSimilar } from './suggestion.js'

/** A command or option that cannot be understood. */
const USAGE_EXIT_CODE = 2

/** Runs one command line and answers the exit code. Everything an operator can see to is one line on stderr. */
export async function run(argv: readonly string[]): Promise<number> {
  let exitCode = 0
  const program = createProgram(code => {
    exitCode = code
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE
    process.stderr.write(`zipzarr: ${explain(error)}\n`)
    return error instanceof ConfigError ? USAGE_EXIT_CODE : 1
  }
}

function createProgram(exitWith: (code: number) => void): Command {
  const program = new Command('zipzarr')
    .description('Serves Zarr arrays straight out of ZIP files')
    .version(readVersion())
    .configureHelp({ helpWidth: 110 })
    .addHelpText(
      'after',
      '\nzipzarr PATH... is zipzarr serve PATH...; zipzarr serve --help lists its options.',
    )
    .exitOverride()
  addOptions(
    program
      .command('serve', { isDefault: true })
      .description('serve archives, and folders of them, over HTTP (when no command is given)'),
  )
    .argument('[PATH...]', 'archives (.zip, .ozx) and folders; none: the bundled sample')
    .action(async (paths: string[], flags: Record<string, unknown>) => {
      refuseMistypedCommand(program, paths[0])
      const { env, ignored } = withoutServiceLinks(process.env)
      const config = readConfig({ paths, flags, env })
      const { serve } = await import('./serve.js')
      exitWith(await serve(config, ignored))
    })
  program
    .command('inspect')
    .description('print what an archive holds: stores, nodes, shapes, chunk and ZIP facts')
    .argument('<FILE>', 'archive (.zip, .ozx)')
    .option('--json', 'print JSON instead of a table')
    .action(async (file: string, flags: { json?: true }) => {
      const { inspect } = await import('./inspect.js')
      exitWith(await inspect(file, flags.json ? 'json' : 'table'))
    })
  program
    .command('openapi')
    .description('print the OpenAPI document')
    .action(async () => {
      const { renderOpenapi } = await import('./openapi.js')
      process.stdout.write(await renderOpenapi())
    })
  return program
}

/** `zipzarr inpsect x.zip`: what is no command is a path to serve, but then it should be there. */
function refuseMistypedCommand(program: Command, path: string | undefined): void {
  if (path === undefined || existsSync(path)) return
  const similar = findSimilar(path, ['serve', 'inspect', 'openapi', 'help'])
  if (similar === undefined) return
  program.error(`error: unknown command '${path}'\n(Did you mean ${similar}?)`)
}

/** One line for what an operator can see to; anything else is a defect and shows its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isForOperators =
    error instanceof ConfigError ||
    error instanceof StartupError ||
    error instanceof DataRootError ||
    isZipzarrError(error)
  return isForOperators ? error.message : (error.stack ?? error.message)
}

function readVersion(): string {
  const file = new URL(import.meta.resolve('#package.json'))
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
