/** The rows of a file do not depend on the zone or the locale of the machine that reads it. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, expect, it } from 'vitest'
import { digestOfFile } from './digest-of-file.ts'
import { longSpec, temporaryFolder } from './files.ts'

const folder = temporaryFolder()
const program = fileURLToPath(new URL('digest-of-file.ts', import.meta.url))

beforeAll(async () => {
  const lines = Array.from({ length: 3000 }, (_, at) => {
    const day = new Date(Date.UTC(2007, 0, 1 + (at % 700))).toISOString().slice(0, 10)
    return `${['Äpfel', 'Zürich', 'apple', 'Ä', 'ı', 'I'][at % 6]}${at % 7},${day},${at % 50 === 0 ? '1,5' : at / 7}`
  })
  const path = folder.write('m.csv', `entity,date,close\n${lines.join('\n')}\n`)
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run(`COPY (SELECT entity, date::TIMESTAMPTZ AS date, close FROM read_csv('${path}', types =
    {'close': 'VARCHAR'}, ignore_errors = true)) TO '${folder.path('m.parquet')}' (FORMAT parquet)`)
  connection.closeSync()
  instance.closeSync()
})

it.each(['m.csv', 'm.parquet'])('%s is the same in Kolkata, in New York and in German', async (name) => {
  const spec = name === 'm.csv' ? longSpec : { ...longSpec, timeOfDay: '', timeZone: '' }
  const here = await digestOfFile(folder.path(name), spec)
  for (const env of [
    { TZ: 'Asia/Kolkata', LC_ALL: 'de_DE.UTF-8', LANG: 'de_DE.UTF-8' },
    { TZ: 'America/New_York', LC_ALL: 'tr_TR.UTF-8' },
  ]) {
    const there = execFileSync(process.execPath, [program, folder.path(name), JSON.stringify(spec)], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    })
    expect(there.trim()).toBe(here)
  }
})
