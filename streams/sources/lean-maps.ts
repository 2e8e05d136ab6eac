/** Lean's map files as records: which symbol an instrument had, from when on. The instrument is the one that the file's name says. */
import { dayBehind } from './lean-factors.ts'
import type { SourceReader, SourceRecord } from './records.ts'

const COLUMNS = ['after', 'symbol', 'exchange'] as const

export const leanMaps: SourceReader = { columns: COLUMNS, records }

/**
 * A line, `20090804,wmi,N`, says until when a symbol was used; so it was from behind the line before it. The first line is where the
 * instrument begins.
 * @throws Error that names the line
 */
function records(text: string): readonly SourceRecord[] {
  const lines = text.split(/\r?\n/).flatMap((line, at) => {
    if (line.trim() === '') return []
    const [date = '', symbol = '', exchange = '', ...more] = line.split(',').map((cell) => cell.trim())
    if (!/^\d{8}$/.test(date) || symbol === '' || more.length > 0)
      throw new Error(`line ${at + 1} is not a date, a symbol and an exchange: ${line.slice(0, 80)}`)
    return [{ line: at + 1, date, symbol: symbol.toUpperCase(), exchange }]
  })
  const turned = lines.findIndex(({ date }, at) => at > 0 && date < (lines[at - 1]?.date ?? ''))
  if (turned > 0) throw new Error(`${lines[turned]?.date} does not come after the line before it`)
  const told: (SourceRecord & { symbol: string })[] = []
  for (const [at, { line, date, symbol, exchange }] of lines.entries()) {
    const after = dayBehind(at === 0 ? date : (lines[at - 1]?.date ?? date), at === 0 ? -1 : 0)
    if (told.at(-1)?.symbol === symbol) continue
    told.push({ line, symbol, cells: { after, symbol, exchange } })
  }
  return told.map(({ line, cells }) => ({ line, cells }))
}
