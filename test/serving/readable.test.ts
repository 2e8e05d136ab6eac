/** What a person reads of a view: moments as moments, sessions as dates, everything else as it is. */
import { expect, test } from 'vitest'
import { sessionOfDate } from '../../schemas/calendar.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { readable } from '../../serving/cli/readable.ts'

test('a session is a date and a moment a moment; counts and positions stay numbers', () => {
  const session = sessionOfDate('2020-01-02')
  const knownTo = parseMoment('2020-01-02T21:05Z')
  const view = {
    models: { m: { made: 18_263, latest: { position: 7, knownTo, prediction: { session, rows: [] } } } },
  }
  expect(readable(view)).toEqual([
    'models:',
    '  m:',
    '    made: 18263',
    '    latest:',
    '      position: 7',
    '      knownTo: 2020-01-02T21:05:00Z',
    '      prediction:',
    '        session: 2020-01-02',
    '        rows: ',
  ])
  expect(readable({ sessions: [session, session + 1] })).toEqual(['sessions: 2020-01-02, 2020-01-03'])
})
