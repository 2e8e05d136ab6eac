/** What a page is handed: where it is, and how to ask and to go on. */
import type { Where } from './where.ts'

export type View = Readonly<{
  where: Where
  /** Ends when the page is left. */
  signal: AbortSignal
  /** Goes to another page at the same moment. */
  go: (path: readonly string[], query?: Readonly<Record<string, string>>) => void
  /** Draws the page anew, after an act. */
  again: () => void
}>
