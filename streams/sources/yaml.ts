/** Reads YAML that a person wrote: a short text in a thread, a longer one in a process, both of which can be ended. */

import type { ChildProcess } from 'node:child_process'
import { ThreadEnded } from '../watch/text-thread.ts'
import { withReader } from './reading-process.ts'
import { MOST_CHARACTERS, parseYaml, wholly, type YamlRead } from './yaml-text.ts'
import { type YamlThread, yamlThread } from './yaml-thread.ts'

/** What a longer text may take could end the process that a thread is in; a shorter one is not worth the start of a process. */
const MOST_IN_THREAD = 1 << 14

/** In all, as whatever parses says nothing meanwhile: of a process its processor time, of a thread by the clock. The worst text of the greatest length that was found takes 3 seconds. */
const SILENT_MILLIS = 10_000

type Options = Readonly<{ silentMillis?: number; start?: () => ChildProcess; thread?: YamlThread }>

let kept: YamlThread | null = null
const keptThread = (): YamlThread => {
  kept ??= yamlThread()
  return kept
}

/**
 * The value of a document, or the first thing that is wrong with it: also that what parses it had to be ended.
 * @throws Refusal `reader.not-started`
 */
export async function readYaml(
  text: string,
  { silentMillis = SILENT_MILLIS, start, thread = keptThread() }: Options = {},
): Promise<YamlRead> {
  // One that is too long is refused without a look at it.
  if (text.length > MOST_CHARACTERS) return parseYaml(text)
  try {
    if (text.length <= MOST_IN_THREAD) return await thread(text, silentMillis)
    return await withReader({ silentMillis, lost: (why) => new Lost(why), start }, (ask) =>
      ask('yaml', { text }),
    )
  } catch (error) {
    if (error instanceof Lost || error instanceof ThreadEnded)
      return wholly(`${error.message}; try again, or write less`)
    throw error
  }
}

class Lost extends Error {}
