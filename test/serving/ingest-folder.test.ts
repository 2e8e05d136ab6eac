/** `asof ingest` of a folder or a pattern: in order, told, gone on with where it stopped. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { asof } from '../support/cli.ts'

const home = mkdtempSync(join(tmpdir(), 'asof-folder-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const DECLARATION = `
dataset: d
layout: long
timeColumn: date
timeOfDay: "16:00"
timeZone: America/New_York
knownAt: { kind: lag, lagMicros: 0 }
format: { entityFromFile: "{entity}_*.csv" }
columns: [{ name: close, unit: USD }]
`

test('each file is an arrival, in order of their paths; a second time all is already so; a bad one stops it', async () => {
  const [folder, data] = [join(home, 'asof'), join(home, 'data')]
  const declaration = join(home, 'd.yaml')
  writeFileSync(declaration, DECLARATION)
  mkdirSync(join(data, 'b'), { recursive: true })
  const write = (name: string, close: number) =>
    writeFileSync(join(data, name), `date,close\n2024-01-02,${close}\n2024-01-03,${close + 1}\n`)
  for (const [at, name] of ['C_2024.csv', 'A_2024.csv', 'b/B_2024.csv'].entries()) write(name, at)
  writeFileSync(join(data, 'README.md'), 'what it is')
  const ingest = (path: string) => asof(folder, 'ingest', path, '--dataset', declaration, '--json')
  const first = await ingest(data)
  // How far it is, now and then, and its end in any case.
  expect([first.code, first.err]).toEqual([0, expect.stringContaining('3 of 3')])
  const told = JSON.parse(first.out)
  expect(told.files.map((one: { path: string }) => one.path.slice(data.length + 1))).toEqual([
    'A_2024.csv',
    'C_2024.csv',
    'b/B_2024.csv',
  ])
  expect([told.rows, told.quarantined, told.passedOver]).toEqual([6, 0, 1])

  write('D_2024.csv', 9)
  writeFileSync(join(data, 'E_2024.csv'), 'date,other\n2024-01-02,1\n')
  const second = await ingest(data)
  expect([second.code === 0, second.err]).toEqual([false, expect.stringContaining('Stopped at')])
  expect(second.err).toContain('3 files are in, 2 are not')

  writeFileSync(join(data, 'E_2024.csv'), 'date,close\n2024-01-02,1\n')
  const third = JSON.parse((await ingest(join(data, '*_2024.csv'))).out)
  expect(third.files.map((one: { changed: boolean }) => one.changed)).toEqual([false, false, false, true])
  expect((await ingest(join(data, '*.parquet'))).err).toContain('there is no data file in it')
}, 240_000)
