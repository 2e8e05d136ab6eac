/** Points at a character of a formula, for error messages. */

/** What is shown on each side of the character where a line is longer. */
const AROUND = 32

/** The formula's line with a caret under a column, counted from 1 over the whole text. */
export function pointerAt(formula: string, column: number): { formula: string; pointer: string } {
  const at = column - 1
  const begin = formula.lastIndexOf('\n', at - 1) + 1
  const newline = formula.indexOf('\n', at)
  const end = newline < 0 ? formula.length : newline
  const from = Math.max(begin, at - AROUND)
  const to = Math.min(end, at + AROUND)
  const [before, after] = [from > begin ? '...' : '', to < end ? '...' : '']
  const shown = formula.slice(from, to).replaceAll('\t', ' ')
  const pointer = `\n  ${before}${shown}${after}\n  ${' '.repeat(before.length + at - from)}^`
  return { formula: `${before}${shown}${after}`, pointer }
}
