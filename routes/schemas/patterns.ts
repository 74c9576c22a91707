// What clients are told of the texts that are parsed by hand (src/store/keys.ts, src/zarr/indexing/selection.ts). A pattern here
// takes exactly what the parser takes; it is documentation, and the parser's error says what is wrong and where.
// Without look-around, which not every language's regular expressions have.

/** Not empty, not `.`, not `..`; no slash, back-slash or other character of `without`. */
const segmentOf = (without: string): string =>
  `(?:[^./\\\\${without}][^/\\\\${without}]*|\\.[^./\\\\${without}][^/\\\\${without}]*|\\.\\.[^/\\\\${without}]+)`
const segmentsOf = (without: string): string => `${segmentOf(without)}(?:/${segmentOf(without)})*`
const SEGMENTS = segmentsOf('\\u0000')

export const NODE_PATH_PATTERN = `^/?(?:${SEGMENTS}/?)?$`
/** A key, or a folder: empty, or ending in a slash. */
export const STORE_PATH_PATTERN = `^(?:${SEGMENTS}/?)?$`
/** No control characters. */
export const ARCHIVE_PATH_PATTERN = `^${segmentsOf('\\u0000-\\u001f\\u007f-\\u009f')}$`

const SPACE = String.raw`[ \t]*`
const INTEGER = '-?[0-9]{1,15}'
const NON_ZERO = '-?0{0,14}[1-9][0-9]{0,14}'
const BOUND = `${SPACE}(?:${INTEGER})?${SPACE}`
const RANGE = `${BOUND}:${BOUND}(?::${SPACE}(?:${NON_ZERO})?)?`
const ITEM = `${SPACE}${INTEGER}${SPACE}`
const LIST = String.raw`\[(?:${SPACE}|${ITEM}(?:,${ITEM})*)\]`
const PART = `${SPACE}(?:${INTEGER}|${RANGE}|${LIST})${SPACE}`
const PARTS = `${PART}(?:,${PART})*`
const ELLIPSIS = String.raw`${SPACE}\.\.\.${SPACE}`

/** Any number of parts, and one ellipsis at most. */
export const SELECTION_PATTERN = `^(?:${SPACE}|${PARTS}(?:,${ELLIPSIS}(?:,${PARTS})?)?|${ELLIPSIS}(?:,${PARTS})?)$`
export const SELECTION_PART_PATTERN = `^(?:${PART}|${ELLIPSIS})$`
