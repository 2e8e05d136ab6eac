/** Reads YAML that a person wrote: a short text here, a longer one in the process that can be ended. */
import type { ChildProcess } from 'node:child_process'
import { withReader } from './reading-process.ts'
import { MOST_CHARACTERS, parseYaml, wholly, type YamlRead } from './yaml-text.ts'

/** So many characters are parsed here: the worst that were found take .25 seconds and 35 MB. */
const MOST_HERE = 1 << 14

/** In all, as the process that parses says nothing meanwhile. The worst text of the greatest length that was found takes 3 seconds. */
const SILENT_MILLIS = 10_000

type Options = Readonly<{ silentMillis?: number; start?: () => ChildProcess }>

/**
 * The value of a document, or the first thing that is wrong with it: also that the process which parses it had to be ended.
 * @throws Refusal `reader.not-started`
 */
export async function readYaml(
  text: string,
  { silentMillis = SILENT_MILLIS, start }: Options = {},
): Promise<YamlRead> {
  // One that is too long is refused without a look at it.
  if (text.length <= MOST_HERE || text.length > MOST_CHARACTERS) return parseYaml(text)
  try {
    return await withReader({ silentMillis, lost: (why) => new Lost(why), start }, (ask) =>
      ask('yaml', { text }),
    )
  } catch (error) {
    if (error instanceof Lost) return wholly(`${error.message}; try again, or write less`)
    throw error
  }
}

class Lost extends Error {}
