/** A note in the platform's folder of how far the log was published. Losing it loses nothing while the broker remembers. */
import { join } from 'node:path'
import { z } from 'zod'
import { replaceText } from '../../streams/log/files.ts'
import { NOTE_BYTES, ownText } from '../../streams/log/regular.ts'
import type { KeptPlace } from '../../streams/relay/kafka/bus.ts'
import type { Folder } from '../folder.ts'
import { warn } from '../warn.ts'

const note = z.strictObject({ cluster: z.string(), prefix: z.string(), next: z.int().positive() })

/** What was published since the note was written is published again where it is needed, and consumers drop it. */
const EVERY_MILLIS = 1_000

export function keptPlace({ lanes }: Pick<Folder, 'lanes'>, prefix: string): KeptPlace {
  const path = join(lanes, 'relay.json')
  let latest: z.infer<typeof note> | null = null
  let isDue = false
  const write = (): void => {
    isDue = false
    try {
      replaceText(path, `${JSON.stringify(latest)}\n`)
    } catch (error) {
      warn(`How far the log is published is not noted: ${String(error)}`)
    }
  }
  return {
    load(cluster) {
      try {
        const kept = note.parse(JSON.parse(ownText(path, NOTE_BYTES) ?? ''))
        return kept.cluster === cluster && kept.prefix === prefix ? kept.next : null
      } catch {
        return null
      }
    },
    save(cluster, next) {
      latest = { cluster, prefix, next }
      if (!isDue) setTimeout(write, EVERY_MILLIS).unref()
      isDue = true
    },
  }
}
