// Flags and environment variables, made from the configuration schema: their names, how their text becomes a
// value, the help and README's table. The schema itself is src/config.ts.
import { delimiter } from 'node:path'
import { type Command, Option } from 'commander'
import {
  type ApiKey,
  CONFIG_SCHEMA,
  type Config,
  ConfigError,
  expectation,
  type OptionKind,
  resolveConfig,
} from '../config.js'
import { isServiceLink } from './service-links.js'
import { findSimilar } from './suggestion.js'
import { formatDuration, formatSize, parseCount, parseDuration, parseSize } from './units.js'

const PREFIX = 'ZIPZARR_'
/** Options whose variable is also known without the prefix, as hosts and platforms set them. */
const PLAIN_VARIABLES: Readonly<Partial<Record<keyof Config, string>>> = {
  host: 'HOST',
  port: 'PORT',
  apiKeys: 'API_KEYS',
}

const PLACEHOLDERS: Readonly<Record<OptionKind, string>> = {
  text: 'text',
  count: 'number',
  bytes: 'size',
  duration: 'time',
  flag: '',
  list: 'list',
  keys: 'key',
}

export interface CliOption {
  readonly name: keyof Config
  readonly kind: OptionKind
  /** With its dashes; the paths, which are arguments, have none. */
  readonly flag: string | undefined
  /** Variables in the order they are looked at. */
  readonly variables: readonly string[]
  readonly description: string
  /** The default as one would write it; undefined when there is none or the machine decides. */
  readonly defaultText: string | undefined
}

/** Every option of the schema, in its order. */
export const CLI_OPTIONS: readonly CliOption[] = Object.entries(CONFIG_SCHEMA.properties).map(describeOption)

/** What the command line and the environment say, as text. */
export interface RawConfig {
  readonly paths: readonly string[]
  /** By option name; a repeatable flag gives a list. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The environment without what Kubernetes says of Services that are named like this one. */
export function withoutServiceLinks(env: RawConfig['env']): {
  readonly env: RawConfig['env']
  readonly ignored: readonly string[]
} {
  const ignored = Object.keys(env).filter(name => isServiceLink(name, env[name]))
  return { env: Object.fromEntries(Object.entries(env).filter(([name]) => !ignored.includes(name))), ignored }
}

/**
 * The configuration: a flag beats `ZIPZARR_…`, which beats the plain variable, which beats the default.
 * @throws ConfigError with one line that names the flag or variable at fault
 */
export function readConfig({ paths, flags, env }: RawConfig): Config {
  refuseUnknownVariables(env)
  const given: Record<string, unknown> = {}
  const sources = new Map<string, string>()
  for (const option of CLI_OPTIONS) {
    const found = findText(option, flags, env)
    if (found === undefined) continue
    given[option.name] = parseText(option, found)
    sources.set(option.name, found.source)
  }
  if (paths.length > 0) given.paths = paths
  try {
    return resolveConfig(given as Partial<Config>)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError(sources.get(error.option) ?? error.option, error.expected)
  }
}

/** Adds every flag to a command. */
export function addOptions(command: Command): Command {
  for (const option of CLI_OPTIONS) {
    if (option.flag === undefined) continue
    const placeholder = PLACEHOLDERS[option.kind]
    const flags = placeholder === '' ? option.flag : `${option.flag} <${placeholder}>`
    const added = new Option(flags, describeForHelp(option))
    added.attributeName = () => option.name
    if (option.kind === 'keys') added.argParser((value, all: string[] | undefined) => [...(all ?? []), value])
    command.addOption(added)
  }
  return command
}

/** README's table. */
export function renderOptionTable(): string {
  const rows = CLI_OPTIONS.map(({ flag, variables, defaultText, description }) =>
    [
      flag === undefined ? '`PATH…`' : `\`${flag}\``,
      variables.map(name => `\`${name}\``).join(', '),
      defaultText === undefined ? '' : `\`${defaultText}\``,
      description,
    ].join(' | '),
  )
  return [
    '| flag | variable | default | what it is |',
    '|---|---|---|---|',
    ...rows.map(row => `| ${row} |`),
  ].join('\n')
}

function describeOption([name, schema]: [string, object]): CliOption {
  const {
    kind,
    description,
    default: value,
  } = schema as { kind: OptionKind; description: string; default?: unknown }
  const words = wordsOf(name)
  return {
    name: name as keyof Config,
    kind,
    flag: flagOf(name, words),
    variables: [`${PREFIX}${words.join('_').toUpperCase()}`, ...plainVariable(name as keyof Config)],
    description,
    defaultText: formatDefault(kind, value),
  }
}

/** `lameDuckMs` is `lame duck`: a time carries its unit with it. */
function wordsOf(name: string): string[] {
  return name.replace(/Ms$/, '').split(/(?=[A-Z])/)
}

function flagOf(name: string, words: readonly string[]): string | undefined {
  if (name === 'paths') return undefined
  if (name === 'apiKeys') return '--api-key'
  return `--${words.join('-').toLowerCase()}`
}

function plainVariable(name: keyof Config): string[] {
  const plain = PLAIN_VARIABLES[name]
  return plain === undefined ? [] : [plain]
}

function formatDefault(kind: OptionKind, value: unknown): string | undefined {
  if (value === undefined || Array.isArray(value)) return undefined
  if (kind === 'bytes') return formatSize(Number(value))
  if (kind === 'duration') return formatDuration(Number(value))
  return String(value)
}

function describeForHelp({ description, defaultText, variables }: CliOption): string {
  const value = defaultText === undefined || defaultText === 'false' ? '' : `default: ${defaultText}; `
  return `${description} (${value}env: ${variables.join(', ')})`
}

/** A misspelt variable must not be silently without effect. */
function refuseUnknownVariables(env: RawConfig['env']): void {
  const known = new Set(CLI_OPTIONS.flatMap(option => option.variables))
  const unknown = Object.keys(env).find(name => name.startsWith(PREFIX) && !known.has(name))
  if (unknown === undefined) return
  const similar = findSimilar(unknown, [...known])
  const hint = similar === undefined ? '`zipzarr serve --help` lists them' : `did you mean ${similar}?`
  throw new ConfigError(unknown, `a known variable; ${hint}`)
}

interface FoundText {
  /** The flag or variable it came from. */
  readonly source: string
  readonly texts: readonly string[]
}

function findText(
  option: CliOption,
  flags: RawConfig['flags'],
  env: RawConfig['env'],
): FoundText | undefined {
  const flag = flags[option.name]
  if (flag !== undefined) {
    const texts = Array.isArray(flag) ? flag.map(String) : [String(flag)]
    return { source: option.flag ?? option.name, texts }
  }
  const source = option.variables.find(name => (env[name] ?? '') !== '')
  if (source === undefined) return undefined
  return { source, texts: splitVariable(option.kind, env[source]!) }
}

function splitVariable(kind: OptionKind, text: string): string[] {
  if (kind === 'list') return text.split(delimiter)
  if (kind === 'keys') return text.split(',').map(each => each.trim())
  return [text]
}

function parseText(option: CliOption, { source, texts }: FoundText): unknown {
  const value = parseKind(option.kind, texts)
  if (value === undefined) throw new ConfigError(source, expectation(option.name))
  return value
}

function parseKind(kind: OptionKind, texts: readonly string[]): unknown {
  const text = texts[0] ?? ''
  switch (kind) {
    case 'text':
      return text
    case 'count':
      return parseCount(text)
    case 'bytes':
      return parseSize(text)
    case 'duration':
      return parseDuration(text)
    case 'flag':
      return parseFlag(text)
    case 'list':
      return texts
    case 'keys':
      return parseKeys(texts)
  }
}

function parseFlag(text: string): boolean | undefined {
  if (/^(1|true|yes|on)$/i.test(text)) return true
  return /^(0|false|no|off)$/i.test(text) ? false : undefined
}

function parseKeys(texts: readonly string[]): ApiKey[] | undefined {
  const keys = texts.map(parseKey)
  return keys.every(key => key !== undefined) ? keys : undefined
}

function parseKey(text: string): ApiKey | undefined {
  const [scope, ...rest] = text.split(':')
  return scope === 'read' || scope === 'admin' ? { scope, key: rest.join(':') } : undefined
}
