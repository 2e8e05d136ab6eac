/** Labels beside features: what a session's decision should have forecast, and when that became known. */
import type { Session } from '../../schemas/calendar.ts'
import type { LabelSpec } from '../../schemas/events/experiment.ts'
import { firstAbove } from '../../schemas/kernel/search.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { DatasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import { marketOf } from '../../streams/training/freeze.ts'
import { Labels } from '../../streams/training/labels.ts'
import type { DatasetAsOf } from './set.ts'

/** The cells of labels for rows of a spine: NaN where a label is not known. */
export type LabelCells = Readonly<{ value: Float64Array; entry: Float64Array; end: Float64Array }>

export interface LabelColumn {
  /**
   * @param rows.moment a row at a session's decision has that session's label; one in between has that of the last session
   * that was decided by then, or, where that one is entered by the row's moment, of the first session that is entered after it
   */
  of(rows: Readonly<{ entities: readonly string[]; entity: Uint32Array; moment: Float64Array }>): LabelCells
}

/**
 * @param of.maxGapSessions how far apart the rows of a label's window may be, as for the features beside it
 * @param of.knownBefore labels that became known then or later do not exist
 * @throws Refusal as formulas do
 */
export async function labelColumn(
  spec: LabelSpec,
  { spec: declared, facts }: DatasetAsOf,
  { maxGapSessions, knownBefore }: Readonly<{ maxGapSessions: number; knownBefore: Micros }>,
): Promise<LabelColumn> {
  const market = marketOf(declared, await facts())
  const { sessions, spine } = market
  const labels = new Labels(spec, market.facts, {
    knownBefore,
    sessionOf: sessions.of,
    spine,
    gaps: { maxGapSessions, sessions },
  })
  const decided = Float64Array.from(spine, (session) => decidesOf(sessions, session))
  const closed = Float64Array.from(spine, sessions.closes)
  const sessionAt = (moment: Micros): Session | undefined => {
    const last = firstAbove(decided, moment) - 1
    if (decided[last] === moment) return spine[last]
    // Between a session's close and its decision the label before it is entered already.
    return spine[Math.max(last, firstAbove(closed, moment) - spec.entryRows)]
  }
  return {
    of({ entities, entity, moment }) {
      const cells = {
        value: new Float64Array(moment.length).fill(Number.NaN),
        entry: new Float64Array(moment.length).fill(Number.NaN),
        end: new Float64Array(moment.length).fill(Number.NaN),
      }
      for (let row = 0; row < moment.length; row++) {
        const session = sessionAt(moment[row])
        const label = session === undefined ? undefined : labels.of(entities[entity[row]], session)
        if (label === undefined) continue
        cells.value[row] = label.value
        cells.entry[row] = sessions.closes(label.from)
        cells.end[row] = Math.max(label.to, moment[row])
      }
      return cells
    },
  }
}

/** The last session of a calendar has no next one at whose open it could be decided. */
function decidesOf(sessions: DatasetSessions, session: number): Micros {
  try {
    return sessions.decides(session)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
