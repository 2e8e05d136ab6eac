/** What the drift check reads of a session: the values of the names that have any, while others have none yet or only old ones. */
import { expect, test } from 'vitest'
import { RowsArrived } from '../../schemas/events/data.ts'
import { SetDefined } from '../../schemas/events/feature.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { featureStore } from '../../serving/feature-store.ts'
import { exchangeSessions } from '../../streams/calendar/sessions.ts'
import { shippedCalendar } from '../../streams/calendar/shipped.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { featureProcessor } from '../../streams/features/processor.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { putRows } from '../../streams/log/tables.ts'
import { reactionsOf } from '../support/reactions.ts'
import { recorded } from '../support/recorded.ts'
import { COUNTED } from '../support/sessions.ts'

const set = defineSet(
  {
    set: 'f',
    version: 1,
    entity: 'instrument',
    dataset: 'd',
    features: [{ name: 'now', formula: 'close', unit: '' }],
    stalenessMicros: 3 * MICROS_PER_DAY,
    lagMicros: 0,
    maxGapSessions: 0,
  },
  ['close'],
)

test('a name that is not listed yet, or has stopped, counts for nothing', async () => {
  const calendar = shippedCalendar('XNYS')
  if (calendar === undefined) throw new Error('XNYS ships')
  const sessions = exchangeSessions(calendar)
  const chunks = openChunkMemory()
  const [store, features] = [featureStore({ chunks }), featureProcessor(chunks)]
  const times = { eventTime: 0, knownAt: 0 }
  const defined = recorded(SetDefined.draft(set, times), 1)
  await reactionsOf(store, defined)
  await reactionsOf(features, defined)
  // One name ends on 2010-01-04, another begins on 2010-01-11: sessions are days since 1970-01-01.
  const [first, last] = [14613, 14620]
  const at = Float64Array.of(sessions.closes(first), sessions.closes(last))
  const chunk = await putRows(chunks, {
    length: 2,
    entities: ['gone', 'new'],
    entity: Uint32Array.of(0, 1),
    eventTime: at,
    knownAt: at,
    columns: [{ name: 'close', values: Float64Array.of(7, 8) }],
  })
  const bounds = { rows: 2, rowsQuarantined: 0, knownFrom: at[0], knownTo: at[1], ...COUNTED }
  const arrival = RowsArrived.draft({ dataset: 'd', source: '', sourceHash: '', ...bounds }, times, [chunk])
  for (const { events } of await reactionsOf(features, recorded(arrival, 2)))
    for (const draft of events) await reactionsOf(store, recorded(draft, 3))
  const decided = [first - 4, first, last - 4, last].map((session) => ({
    session,
    decideAt: sessions.closes(session),
  }))
  const found = await store.recent({ name: 'f', version: 1 }, ['now'], { decided, sessionOf: sessions.of })
  expect(found.map(([values]) => [...values])).toEqual([[], [7], [], [8]])
})
