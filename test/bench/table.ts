// One line of the result and how the whole is printed.

export interface Row {
  /** What was measured. */
  readonly work: string
  /** The peer or limit it is a ratio to. */
  readonly against: string
  /** The measured ratio or figure. */
  readonly value: number
  readonly unit?: string
  readonly target: number
  /** `min`: the value must be at least the target; `max`: at most. */
  readonly sense: 'min' | 'max'
  /** What else did the same work in the same run: shows what is possible at all. */
  readonly beside?: string
}

export const isMet = (row: Row): boolean =>
  row.sense === 'min' ? row.value >= row.target : row.value <= row.target

export const show = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))

export function toMarkdown(rows: readonly Row[]): string {
  const lines = rows.map(row => {
    const unit = row.unit ?? '×'
    const sign = row.sense === 'min' ? '≥' : '≤'
    const verdict = isMet(row) ? 'met' : `missed by ${show(Math.abs(row.value - row.target))} ${unit}`
    const beside = row.beside === undefined ? '' : `; ${row.beside}`
    const measured = `${show(row.value)} ${unit}`
    return `| ${row.work} | ${row.against} | ${measured} | ${sign} ${row.target} | ${verdict}${beside} |`
  })
  return ['| work | against | measured | target | |', '|---|---|---|---|---|', ...lines].join('\n')
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
