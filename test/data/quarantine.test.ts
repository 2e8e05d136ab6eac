/** What is quarantined can be read again, and a file that is quarantined as a whole leaves the name of its data set free. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { ingestFile } from '../../serving/ingest.ts'
import { rejectsOf } from '../../serving/rejects.ts'
import { asof } from '../support/cli.ts'
import { eventsOf, memoryPlatform } from '../support/memory-platform.ts'
import { longSpec, temporaryFolder } from './files.ts'

const folder = temporaryFolder()
const MAIN = fileURLToPath(new URL('../../serving/cli/main.ts', import.meta.url))

async function platformWith() {
  const platform = await memoryPlatform()
  platform.moment.advanceTo(parseMoment('2024-01-01'))
  return platform
}

test('a file of rejects alone records its quarantine, and the corrected declaration is accepted', async () => {
  const platform = await platformWith()
  const path = folder.write('vix.csv', 'entity,date,close\nVIX,1/3/2014,13.76\nVIX,1/6/2014,13.55\n')
  const ingest = (spec: typeof longSpec) => ingestFile(platform, { path, spec, actor: 'ann' })
  const first = await ingest(longSpec)
  expect(first.arrival).toMatchObject({ rows: 0, quarantine: { rows: 2 } })
  expect((await eventsOf(platform.log)).map(({ type }) => type)).toEqual(['data.RowsQuarantined'])
  const corrected = { ...longSpec, format: { ...longSpec.format, time: 'M/d/yyyy' } }
  expect((await ingest(corrected)).arrival.rows).toBe(2)
  expect((await eventsOf(platform.log)).map(({ type }) => type)).toEqual([
    'data.RowsQuarantined',
    'data.DatasetDeclared',
    'data.RowsArrived',
  ])
  expect(platform.folds.datasets.state().datasets.closes).toMatchObject({ rows: 2, spec: corrected })
  await expect(ingest(corrected)).rejects.toMatchObject({ fault: { code: 'data.duplicate-source' } })
  await expect(ingest(longSpec)).rejects.toMatchObject({ fault: { code: 'data.redeclared' } })
  await platform.close()
})

test('a file of rows that were said before adds nothing, and is not one of rejects alone', async () => {
  const platform = await platformWith()
  const bring = (name: string, lines: string) => {
    const path = folder.write(name, `entity,date,close\n${lines}\n`)
    return ingestFile(platform, { path, spec: longSpec, actor: 'ann' })
  }
  await bring('a.csv', 'A,2008-09-15,1')
  const again = await bring('b.csv', 'A,2008-09-15,1\nA,never,1')
  expect(again.arrival).toMatchObject({ rows: 0, rowsRepeated: 1, quarantine: { rows: 1 } })
  expect((await eventsOf(platform.log)).map(({ type }) => type)).toEqual([
    'data.DatasetDeclared',
    'data.RowsArrived',
    'data.RowsArrived',
    'data.RowsQuarantined',
  ])
  await platform.close()
})

test('rejects are shown, the newest arrival first, up to a limit', async () => {
  const platform = await platformWith()
  const bring = (name: string, lines: readonly string[]) => {
    const path = folder.write(name, `entity,date,close\n${lines.join('\n')}\n`)
    return ingestFile(platform, { path, spec: longSpec, actor: 'ann' })
  }
  await bring('a.csv', ['A,2008-09-15,1', 'A,never,1', 'A\u200b,2008-09-15,1'])
  await bring('b.csv', ['A,2008-09-16,1', 'B,2008-09-16,x'])
  const told = await rejectsOf(platform, { dataset: 'closes', limit: 2 })
  expect(told.map(({ source, rows, reasons, rejects }) => ({ source, rows, reasons, rejects }))).toEqual([
    {
      source: 'b.csv',
      rows: 1,
      reasons: [{ reason: 'value.not-a-number', rows: 1 }],
      rejects: [{ line: 3, reason: 'value.not-a-number', text: 'B,2008-09-16,x' }],
    },
    {
      source: 'a.csv',
      rows: 2,
      reasons: [
        { reason: 'entity.unseen', rows: 1 },
        { reason: 'time.malformed', rows: 1 },
      ],
      rejects: [{ line: 3, reason: 'time.malformed', text: 'A,never,1' }],
    },
  ])
  const [, oldest] = await rejectsOf(platform, { dataset: 'closes', limit: 9 })
  expect(oldest.rejects[1]?.why).toContain('U+200B')
  await expect(rejectsOf(platform, { dataset: 'none', limit: 9 })).rejects.toMatchObject({
    fault: { code: 'data.unknown-dataset' },
  })
  await platform.close()
})

test('the command exits with 1 where no row was accepted, and prints nothing that moves the cursor', async () => {
  const declaration = folder.write(
    'd.yaml',
    'dataset: d\nlayout: long\nentityColumn: entity\ntimeColumn: date\ntimeOfDay: "16:00"\ntimeZone: UTC\n' +
      'knownAt: { kind: lag, lagMicros: 0 }\ncolumns: [{ name: close, unit: "" }]\n',
  )
  const file = folder.write(
    'a\u001b[2K\u009b1A.csv',
    'entity,date,close\nB\u001b[1A,2008-09-15,1\nA,never\u009b2K,1\n',
  )
  const home = folder.path('platform')
  const ingested = await asof(home, 'ingest', file, '-d', declaration)
  expect([ingested.code, ingested.err]).toEqual([1, ''])
  expect(ingested.out).toMatch(/^a\\u\{1b\}\[2K\\u\{9b\}1A\.csv: 0 rows into d .* 2 quarantined/)
  expect(ingested.out).toContain('No row was accepted')
  const [people, program] = await Promise.all([
    asof(home, 'rejects', 'd'),
    asof(home, 'rejects', 'd', '--json'),
  ])
  for (const { out } of [people, program]) expect(out).not.toMatch(/(?!\n)\p{Cc}/u)
  expect(people.out).toContain('line 2: entity.unseen (it has U+001B')
  expect(JSON.parse(program.out)).toMatchObject([
    { rows: 2, rejects: [{ line: 2 }, { text: 'A,never\u009b2K,1' }] },
  ])
})

test('the command proposes a declaration and records nothing', async () => {
  const file = folder.write('prices.csv', 'ticker,date,close\nA,1/13/2020,1.5\n')
  const { stdout: out } = await promisify(execFile)(process.execPath, [MAIN, 'dataset', 'infer', file])
  expect(out).toContain('time: "M/d/yyyy"')
  expect(out).toContain('2020-01-13T21:00:00Z')
})
