/** Whether the log has gone on since a page was drawn: whoever looks at now is told, and what he reads or writes is left alone. */
import { ask } from './api.ts'

const EVERY_MILLIS = 3_000

type Following = Readonly<{
  /** A page was drawn: of so much of the log, or of the past, which does not go on. */
  drawn: (head: number | null) => void
}>

/** @param onNews how many events came since the page was drawn */
export function follow(onNews: (events: number) => void): Following {
  let seen: number | null = null

  async function look(): Promise<void> {
    if (seen === null || document.visibilityState !== 'visible') return
    const { log } = await ask<{ log: { position: number } }>('/health')
    if (seen !== null && log.position > seen) onNews(log.position - seen)
  }

  setInterval(() => void look().catch(() => undefined), EVERY_MILLIS)
  return {
    drawn(head) {
      seen = head
    },
  }
}
