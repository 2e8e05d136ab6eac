/** What a page is: it is handed where it is and how to go on, and answers what it drew. */
import type { At } from '../past.ts'
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

export type Drawn = Readonly<{ element: HTMLElement; at: At | null }>
export type Make = (view: View) => Promise<Drawn>
