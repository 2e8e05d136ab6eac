/** The events that the benches of logs append: arrivals of rows. */
import type { Draft } from '../../schemas/envelope.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { COUNTED } from '../support/sessions.ts'

/** When the first of them is known. */
export const AT = 1_221_508_800_000_000

export const draft = (i: number): Draft =>
  RowsArrived.draft(
    {
      ...{
        dataset: 'us20',
        source: `bars-${i}.csv`,
        sourceHash: 'ab'.repeat(32),
        rows: i,
        rowsQuarantined: 0,
        ...COUNTED,
      },
      ...{ knownFrom: AT, knownTo: AT + i },
    },
    { eventTime: AT + i, knownAt: AT + i },
  )
