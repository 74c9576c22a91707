// Content negotiation: `format=` beats `Accept` (a link in a page cannot set headers), and Accept-Encoding.
// Pure: what can be offered comes in as a list.
import { ZipzarrError } from '../errors.js'
import { HTML_TYPE, JSON_TYPE, PROBLEM_TYPE } from './media-types.js'

/** Something an answer can be written as. */
export interface Offer {
  readonly name: string
  readonly mediaType: string
}

export interface FormatRequest {
  readonly format: string | undefined
  readonly accept: string | undefined
}

interface Preference {
  readonly value: string
  readonly quality: number
}

/**
 * The offer the client wants most; the first one when it does not say.
 * @throws ZipzarrError NOT_ACCEPTABLE, naming what there is
 */
export function chooseFormat<T extends Offer>(wish: FormatRequest, offers: readonly T[]): T {
  const chosen = wish.format === undefined ? acceptedOffer(wish.accept, offers) : byName(wish.format, offers)
  if (chosen !== undefined) return chosen
  const supported = offers.map(offer => offer.name)
  const asked = wish.format === undefined ? 'a media type in Accept' : `format "${printable(wish.format)}"`
  throw new ZipzarrError('NOT_ACCEPTABLE', `${asked} is not available; supported: ${supported.join(', ')}`, {
    facts: { supported: offers.map(({ name, mediaType }) => ({ format: name, mediaType })) },
  })
}

const ERROR_FORMATS: readonly Offer[] = [
  { name: 'problem', mediaType: PROBLEM_TYPE },
  { name: 'json', mediaType: JSON_TYPE },
  { name: 'html', mediaType: HTML_TYPE },
]

/** Whether a failure is to be told as a page: browsers ask for HTML before anything else, other clients do not. */
export function prefersPage(accept: string | undefined): boolean {
  return accept !== undefined && acceptedOffer(accept, ERROR_FORMATS)?.name === 'html'
}

/** Whether a gzip-coded body may be sent (RFC 9110 §12.5.3). */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false
  const preferences = parsePreferences(acceptEncoding)
  const named = preferences.find(({ value }) => value === 'gzip' || value === 'x-gzip')
  const any = preferences.find(({ value }) => value === '*')
  return ((named ?? any)?.quality ?? 0) > 0
}

function byName<T extends Offer>(format: string, offers: readonly T[]): T | undefined {
  const wanted = format.toLowerCase()
  return offers.find(offer => offer.name === wanted) ?? offers.find(offer => bareType(offer) === wanted)
}

/** The offer that an Accept header prefers, undefined when it takes none; without the header the first. */
export function acceptedOffer<T extends Offer>(
  accept: string | undefined,
  offers: readonly T[],
): T | undefined {
  if (accept === undefined || accept.trim() === '') return offers[0]
  const preferences = parsePreferences(accept)
  let best: { offer: T; quality: number } | undefined
  for (const offer of offers) {
    const quality = qualityOf(bareType(offer), preferences)
    if (quality > (best?.quality ?? 0)) best = { offer, quality }
  }
  return best?.offer
}

/** The most specific range that matches decides (RFC 9110 §12.5.1). */
function qualityOf(mediaType: string, preferences: readonly Preference[]): number {
  const family = `${mediaType.slice(0, mediaType.indexOf('/'))}/*`
  for (const wanted of [mediaType, family, '*/*']) {
    const found = preferences.find(({ value }) => value === wanted)
    if (found !== undefined) return found.quality
  }
  return 0
}

function bareType(offer: Offer): string {
  return (offer.mediaType.split(';')[0] as string).trim().toLowerCase()
}

function parsePreferences(header: string): Preference[] {
  return header.split(',').map(part => {
    const [value, ...parameters] = part.split(';').map(piece => piece.trim().toLowerCase())
    const weight = parameters.find(parameter => parameter.startsWith('q='))
    return { value: value as string, quality: weight === undefined ? 1 : parseQuality(weight.slice(2)) }
  })
}

/** RFC 9110 §12.4.2: 0 to 1, at most three digits; what is malformed counts as 0. */
function parseQuality(text: string): number {
  return /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0
}

function printable(text: string): string {
  return text.slice(0, 40).replaceAll(/[^\x20-\x7e]/g, '?')
}
