/** Tells somebody again and again, until it has arrived; whoever is away holds nothing up. */

/** Somebody who is away is asked soon again, then less and less often, and at least so often. */
const FIRST_MILLIS = 1_000
const LONGEST_MILLIS = 300_000

export type ForwarderStatus = Readonly<{
  name: string
  /** Up to which position the other side knows. */
  position: number
  /** Attempts since the last one that arrived. */
  failures: number
  reason: string | null
}>

export type Forwarder = Readonly<{ status: () => ForwarderStatus; close: () => Promise<void> }>

type Options = Readonly<{
  name: string
  /** What is told, in the words of a warning, and the command that shows it meanwhile. */
  what: string
  shownBy: string
  everyMillis: number
  /** Tells all that is to be told now. @returns up to which position that is */
  step: () => Promise<number>
  /** Once for each time that it is away. */
  onTrouble: (text: string) => void
}>

export function forwarder({ name, what, shownBy, everyMillis, step, onTrouble }: Options): Forwarder {
  let status: ForwarderStatus = { name, position: 0, failures: 0, reason: null }
  let isOver = false
  let timer: NodeJS.Timeout | undefined

  const attempt = async (): Promise<void> => {
    try {
      status = { name, position: await step(), failures: 0, reason: null }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (status.failures === 0 && !isOver)
        onTrouble(`${what} do not reach ${name}: ${reason}. It is tried again; ${shownBy} shows them.`)
      status = { ...status, failures: status.failures + 1, reason }
    }
    if (!isOver) timer = setTimeout(next, waitFor(status.failures)).unref()
  }
  const waitFor = (failures: number): number =>
    failures === 0 ? everyMillis : Math.min(LONGEST_MILLIS, FIRST_MILLIS * 2 ** Math.min(failures - 1, 10))
  let working: Promise<void>
  const next = (): void => {
    working = attempt()
  }
  next()
  return {
    status: () => status,
    async close() {
      isOver = true
      await working
      clearTimeout(timer)
    },
  }
}
