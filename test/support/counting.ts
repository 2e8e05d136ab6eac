/** A processor that counts the sets that were defined and says so, for tests of what drives processors. */
import type { Recorded } from '../../schemas/envelope.ts'
import { SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import type { EventLog } from '../../streams/log/port.ts'
import type { Processor } from '../../streams/processor.ts'
import { SMALL_SET } from './small-platform.ts'

const NEVER = { eventTime: 0, knownAt: 0 }
const NO_VALUES = { set: 'small', hash: 'h', dataset: 'small', rows: 0, knownFrom: 0, knownTo: 0 }

export type Counting = Processor & Readonly<{ met: () => number; took: number[] }>

/**
 * @param version a greater one counts by as much
 * @param fails at which events, when it has changed its memory already
 */
export function counting(version = 1, fails: (event: Recorded) => boolean = () => false): Counting {
  let met = 0
  const took: number[] = []
  return {
    name: 'features',
    handles: [SetDefined.type],
    version,
    met: () => met,
    took,
    save: () => met,
    restore(memory) {
      met = memory as number
    },
    async take(event, say) {
      met++
      took.push(event.position)
      if (fails(event)) throw new Error(`cannot take event ${event.position}`)
      const data = { ...NO_VALUES, version: met * version, cause: event.position }
      say?.({ stream: 'feature-values-small', events: [ValuesComputed.draft(data, NEVER)] })
    },
  }
}

/** Defines so many sets, the first of them with this number. */
export async function define(log: EventLog, count: number, first = 0): Promise<void> {
  for (let i = first; i < first + count; i++) {
    const events = [SetDefined.draft({ ...SMALL_SET, version: SMALL_SET.version + i }, NEVER)]
    const commandId = `define ${i}`
    const said = { commandId, actor: 'ann', correlationId: commandId, causationId: null }
    await log.append({ stream: 's', expected: await log.revisionOf('s'), ...said, events })
  }
}
