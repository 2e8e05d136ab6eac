/** How far somebody was told of the alarms, kept in a file: written once it has arrived, so that nothing is left out, and something may be told twice. */
import { z } from 'zod'
import { writeDurably } from '../../streams/log/files.ts'
import { ownText } from '../../streams/log/regular.ts'
import type { Told } from './news.ts'

/** A position, and what waits: a snooze each. */
const MOST_BYTES = 1 << 20

const kept = z.strictObject({
  /** Whose positions they are: another log has others. */
  log: z.string(),
  position: z.int().nonnegative(),
  waiting: z.array(z.int().positive()),
})

export type ToldFile = Readonly<{ load: () => Told | null; save: (told: Told) => Promise<void> }>

/** @param log its identity, by which the positions of another one are not believed */
export function toldFile(path: string, log: string): ToldFile {
  return {
    load() {
      const text = ownText(path, MOST_BYTES)
      const found = kept.safeParse(text === null ? null : parsed(text))
      return found.success && found.data.log === log ? found.data : null
    },
    save: ({ position, waiting }) =>
      writeDurably(path, Buffer.from(JSON.stringify({ log, position, waiting }))),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
