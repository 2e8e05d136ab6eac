/** Declarations of data sets: what may be left out, and what every error says. */
import { describe, expect, it } from 'vitest'
import { PLAIN_FORMAT } from '../../schemas/events/data.ts'
import { parseDataset, readDatasetFile } from '../../streams/sources/dataset-file.ts'

const GOOD = {
  dataset: 'dataset: us20',
  layout: 'layout: wide',
  timeOfDay: 'timeOfDay: "16:00"',
  timeZone: 'timeZone: America/New_York',
  knownAt: 'knownAt: { kind: lag, lagMicros: 300000000 }',
  columns: 'columns: [{ name: close, unit: USD }]',
}
const withLines = (lines: Readonly<Record<string, string>>): string =>
  Object.values({ ...GOOD, ...lines }).join('\n')

describe('a declaration', () => {
  it('leaves out what is empty', async () => {
    expect(await parseDataset(withLines({}), 'x.yaml')).toEqual({
      dataset: 'us20',
      layout: 'wide',
      entityColumn: '',
      timeColumn: '',
      timeOfDay: '16:00',
      timeZone: 'America/New_York',
      knownAt: { kind: 'lag', column: '', lagMicros: 300_000_000 },
      columns: [{ name: 'close', unit: 'USD' }],
      provenance: '',
      caveat: '',
      format: PLAIN_FORMAT,
      calendar: null,
      prices: null,
      listings: [],
      revisions: 'arrival',
      rows: {
        types: [],
        key: [],
        shown: [],
        withdrawn: { column: '', words: [] },
        ahead: false,
        reads: 'table',
      },
    })
  })

  it.each([
    ['dataset', { dataset: 'dataset: US 20' }],
    ['layout', { layout: 'layout: tall' }],
    ['layout', { layout: '' }],
    ['timeOfDay', { timeOfDay: 'timeOfDay: 16' }],
    ['timeOfDay', { timeOfDay: 'timeOfDay: "25:00"' }],
    ['timeZone', { timeZone: 'timeZone: New York' }],
    ['timeZone', { timeZone: '' }],
    ['timeZone', { calendar: 'calendar: XLON' }],
    ['knownAt.kind', { knownAt: 'knownAt: { kind: guessed }' }],
    ['knownAt.lagMicros', { knownAt: 'knownAt: { kind: lag, lagMicros: -1 }' }],
    ['knownAt.lagMicros', { knownAt: 'knownAt: { kind: observed, lagMicros: 1 }' }],
    ['knownAt.column', { knownAt: 'knownAt: { kind: declared }' }],
    ['knownAt.column', { knownAt: 'knownAt: { kind: lag, lagMicros: 1, column: known }' }],
    ['columns', { columns: 'columns: []' }],
    ['columns', { columns: 'columns: [{ name: a, unit: "" }, { name: b, unit: "" }]' }],
    ['columns.0.unit', { columns: 'columns: [{ name: a }]' }],
    ['entityColumn', { layout: 'layout: long' }],
    ['timeColumn', { layout: 'layout: long' }],
    ['entityColumn', { entityColumn: 'entityColumn: name' }],
    ['speed', { speed: 'speed: 11' }],
    ['lag in knownAt', { knownAt: 'knownAt: { kind: lag, lag: 5m }' }],
  ])('with a wrong %s says so: %j', async (key, lines) => {
    const refused = parseDataset(withLines(lines), 'x.yaml')
    await expect(refused).rejects.toThrow(`x.yaml does not declare a data set: `)
    await expect(refused).rejects.toThrow(new RegExp(`key ${key}: [^;]+; (write|remove) `))
  })

  it('may be of a calendar whose zone has another name for the same clock, and of any where times are moments', async () => {
    const alias = { calendar: 'calendar: XNYS', timeZone: 'timeZone: US/Eastern' }
    expect((await parseDataset(withLines(alias), 'x.yaml')).calendar?.calendar).toBe('XNYS')
    const moments = { calendar: 'calendar: XLON', timeOfDay: '' }
    expect((await parseDataset(withLines(moments), 'x.yaml')).calendar?.zone).toBe('Europe/London')
  })

  it.each(['', '- a', 'a: [', 'dataset: x\ndataset: y', 'just words'])(
    'that is none is refused: %j',
    async (text) => {
      await expect(parseDataset(text, 'x.yaml')).rejects.toThrow('x.yaml does not declare a data set: it ')
    },
  )

  it('that is not there is refused', async () => {
    await expect(readDatasetFile('/nowhere/x.yaml')).rejects.toMatchObject({
      fault: { code: 'dataset.unreadable' },
    })
  })
})
