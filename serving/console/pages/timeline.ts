/** The axis of the time slider: from the first moment to the last, how much happened when, and the acts that changed what is in force. */
import { capital } from '../../../projections/capital/capital.ts'
import { drift } from '../../../projections/drift/drift.ts'
import { predictions } from '../../../projections/prediction/predictions.ts'
import type { Position, Recorded } from '../../../schemas/envelope.ts'
import { PolicySet } from '../../../schemas/events/approval.ts'
import { Promoted } from '../../../schemas/events/model.ts'
import type { Micros } from '../../../schemas/kernel/time.ts'
import type { LogReader } from '../../../streams/log/port.ts'
import type { Past } from '../past.ts'

type Mark = Readonly<{ at: Micros; position: Position; what: string }>

/** The oldest give way: nobody reads more ticks than there are pixels. */
const MOST_MARKS = 200

/** The whole log's, whatever the moment: the slider has to lead out of the past. */
export async function timelinePage({ at, source, view }: Past) {
  const [first, last] = await Promise.all([eventAt(source.log, 1), eventAt(source.log, at.head)])
  const [capitals, drifts, made] = await Promise.all([view(capital), view(drift), view(predictions)])
  const acts: Mark[] = []
  for await (const batch of source.log.readAll(1, { types: [Promoted.type, PolicySet.type] }))
    for (const { knownAt, position, type, data } of batch) {
      const what = type === Promoted.type ? `${(data as { model: string }).model} promoted` : 'policy set'
      acts.push({ at: knownAt, position, what })
    }
  const changes = Object.entries(capitals.models).flatMap(([model, { history }]) =>
    history
      .filter(({ why }) => why !== 'allocated')
      .map(({ at: moment, position, fraction, why }): Mark => {
        return { at: moment, position, what: `${model} ${why} to ${Math.round(fraction * 100)} %` }
      }),
  )
  const losses = Object.entries(drifts.models).flatMap(([model, { lossBreaches }]) =>
    lossBreaches.map(
      ({ day, position, rule }): Mark => ({ at: day, position, what: `${model}: ${rule} loss limit` }),
    ),
  )
  const sessions = [...new Set(Object.values(made.models).flatMap(({ days }) => days.map(({ day }) => day)))]
  return {
    from: first?.knownAt ?? null,
    to: last?.knownAt ?? null,
    head: at.head,
    /** Of days that were accounted: the stops of the slider's arrow keys. */
    sessions: sessions.toSorted((a, b) => a - b),
    marks: [...acts, ...changes, ...losses].toSorted((a, b) => a.at - b.at).slice(-MOST_MARKS),
  }
}

async function eventAt(log: LogReader, position: Position): Promise<Recorded | null> {
  if (position < 1) return null
  for await (const [event] of log.readAll(position, { positionAtMost: position })) return event ?? null
  return null
}
