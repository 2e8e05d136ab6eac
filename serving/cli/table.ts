/** Columns of text for people. */

/** Columns as wide as their widest cell; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = head.length > 0 ? [head, ...rows] : rows
  const widths = (all[0] ?? []).map((_, c) =>
    all.reduce((widest, row) => Math.max(widest, row[c]?.length ?? 0), 0),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => (/^-?[\d.,]+%?$/.test(cell) ? cell.padStart(widths[c]) : cell.padEnd(widths[c])))
      .join('  ')
      .trimEnd()
  return all.map(line).join('\n')
}
