/** Files with the traits of real ones, each of which was read wrongly once; the right answers are stated here. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { formatMoment, parseMoment } from '../../schemas/kernel/time.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import { arrive, factsOf } from './files.ts'

const RECEIVED_AT = parseMoment('2026-06-01')
const pathOf = (name: string): string => fileURLToPath(new URL(`../support/cases/${name}`, import.meta.url))

async function read(folder: string, file: string, declaration: string) {
  const spec = await readDatasetFile(pathOf(`${folder}/${declaration}`))
  return arrive(pathOf(`${folder}/${file}`), spec, { receivedAt: RECEIVED_AT })
}

const shown = (arrival: Awaited<ReturnType<typeof read>>) =>
  factsOf(arrival.rows).map(([entity, at, known, ...values]) => [
    entity,
    formatMoment(at),
    formatMoment(known),
    ...values,
  ])

describe('a local midnight with its offset is a date', () => {
  it.each(['csv', 'ndjson', 'parquet', 'feather'])('in %s', async (format) => {
    const arrival = await read('midnight-with-offset', `ny_midnight.${format}`, 'tod.yaml')
    expect(arrival.rejected).toBe(0)
    expect(shown(arrival)[0]).toEqual(['MSFT', '2024-01-02T21:00:00Z', '2024-01-02T21:05:00Z', 100])
  })
})

it('a midnight without a zone is refused where no time of day is declared, as a bare date is', async () => {
  const arrival = await read('naive-midnight', 'naive_midnight.parquet', 'mom.yaml')
  expect(arrival.rowCount).toBe(0)
  expect(arrival.reasons).toEqual([{ reason: 'time.date-alone', rows: 2 }])
})

it('INT96 is UTC, as the same moments in microseconds are', async () => {
  const [int96, micros] = await Promise.all(
    ['tokyo_int96.parquet', 'tokyo_us.parquet'].map((file) => read('int96', file, 'tokyo.yaml')),
  )
  expect(shown(int96)).toEqual([['7203', '2024-01-04T06:00:00Z', '2024-01-04T06:05:00Z', 2600]])
  expect([...int96.rows]).toEqual([...micros.rows])
})

it('names in bytes are the text that they are, in Parquet and in Arrow', async () => {
  for (const file of ['ent_bin.parquet', 'ent_bin.feather']) {
    expect(shown(await read('entity-by-format', file, 'mom.yaml')).map(([name]) => name)).toEqual(['A'])
  }
})

it('Feather is read as pandas packs it, by LZ4, and as Polars does, by ZSTD', async () => {
  // Written by pandas and by Polars; NA is a ticker here.
  const pandas = await read('compressed-feather', 'feather_default.feather', 'fmt.yaml')
  expect(shown(pandas)).toEqual([
    ['BRK.B', '2024-01-02T21:00:00Z', '2024-01-02T21:00:00Z', 1.5, 100],
    ['NA', '2024-01-02T21:00:00Z', '2024-01-02T21:00:00Z', Number.NaN, 300],
    ['BRK.B', '2024-01-03T21:00:00Z', '2024-01-03T21:00:00Z', 2.5, 0],
    ['NA', '2024-01-03T21:00:00Z', '2024-01-03T21:00:00Z', 4.5, 400],
  ])
  expect(shown(await read('compressed-feather', 'polars_zstd.arrow', 'fmt.yaml'))).toEqual([
    ['A', '2024-01-02T21:00:00Z', '2024-01-02T21:00:00Z', 1, 1],
    ['A', '2024-01-03T21:00:00Z', '2024-01-03T21:00:00Z', Number.NaN, 2],
  ])
})

it('a name that looks like another is quarantined, with the code point that makes it another', async () => {
  const arrival = await read('invisible-entity', 'x.csv', 'long.yaml')
  expect(shown(arrival).map(([name]) => name)).toEqual(['AAPL', 'Nestl\u00e9'])
  expect(
    arrival.rejects.map(({ line, reason, why }) => [line, reason, /U\+[0-9A-F]{4}/.exec(why ?? '')?.[0]]),
  ).toEqual([
    [3, 'entity.unseen', 'U+00A0'],
    [4, 'entity.unseen', 'U+200B'],
    [6, 'entity.not-normal', 'U+0301'],
    [7, 'entity.unseen', 'U+0000'],
  ])
})

it('null, NaN and nothing are missing', async () => {
  expect(shown(await read('null-word', 'x.csv', 'd.yaml')).map((fact) => fact.slice(3))).toEqual([
    [Number.NaN, 100],
    [5, Number.NaN],
    [Number.NaN, 7],
  ])
})

it('a line of the year 1020 costs that line alone', async () => {
  const arrival = await read('year-1020', 'x.csv', 'd.yaml')
  expect(arrival.rowCount).toBe(58)
  expect(arrival.rejects.map(({ line, reason }) => [line, reason])).toEqual([
    [51, 'time.out-of-range'],
    [59, 'time.malformed'],
  ])
})

it.each(['oom.arrow', 'crash-973.arrow'])('%s is refused, as damaged', async (file) => {
  await expect(read('hostile-arrow', file, 'd.yaml')).rejects.toThrow(
    /leads outside the file, so it is damaged/,
  )
})
