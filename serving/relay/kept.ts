/** A note in the platform's folder of how far the log was published. Losing it loses nothing while the broker remembers. */
import { join } from 'node:path'
import { z } from 'zod'
import { replaceText } from '../../streams/log/files.ts'
import { NOTE_BYTES, ownText } from '../../streams/log/regular.ts'
import type { KeptPlace } from '../../streams/relay/kafka/bus.ts'
import type { Folder } from '../folder.ts'

const note = z.strictObject({ cluster: z.string(), prefix: z.string(), next: z.int().positive() })

/** A note that is stale has consumers drop what they have seen. */
const EVERY_MILLIS = 1_000

export function keptPlace({ lanes }: Pick<Folder, 'lanes'>, prefix: string): KeptPlace {
  const path = join(lanes, 'relay.json')
  let savedAt = Number.NEGATIVE_INFINITY
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
      if (performance.now() - savedAt < EVERY_MILLIS) return
      savedAt = performance.now()
      replaceText(path, `${JSON.stringify({ cluster, prefix, next })}\n`)
    },
  }
}
