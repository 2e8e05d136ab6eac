/** Files that cannot be read at all: each is refused with a code, the file's name and the remedy. */
import { utimesSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readFile } from '../../streams/sources/file.ts'
import { readerAt } from '../../streams/sources/reading-start.ts'
import { arrive, declaredSpec, longSpec, RECEIVED_AT, temporaryFolder, wideSpec } from './files.ts'

const folder = temporaryFolder()
const LONG = 'entity,date,close\nA,2008-09-15,1\n'

describe('a file is refused', () => {
  it.each([
    ['source.unknown-format', 'x.xlsx', LONG, longSpec, /x\.xlsx has no known extension. Known are: .*\.csv/],
    ['source.empty', 'x.csv', '', longSpec, /x\.csv holds no rows/],
    ['source.empty', 'x.csv', '\n \n', longSpec, /x\.csv holds no rows/],
    ['source.empty', 'x.csv', 'entity,date,close\n', longSpec, /x\.csv holds no rows/],
    ['source.empty', 'x.ndjson', '', longSpec, /x\.ndjson holds no rows/],
    ['source.missing-column', 'x.csv', LONG, declaredSpec, /no column "at". It has: entity, date, close/],
    [
      'source.missing-column',
      'x.csv',
      'entity;date;close\n1;2;3\n',
      longSpec,
      /no column "\w+". It has: entity;date;close/,
    ],
    ['source.missing-column', 'x.ndjson', '{"a":1}\n', longSpec, /no column "entity". It has: a/],
    ['source.missing-column', 'x.csv', 'date\n2008-09-15\n', wideSpec, /no column/],
    [
      'source.duplicate-column',
      'x.csv',
      'entity,date,close,close\n',
      longSpec,
      /more than one column "close"/,
    ],
    ['source.duplicate-column', 'x.csv', 'date,A,A\n', wideSpec, /more than one column "A"/],
    ['source.unnamed-column', 'x.csv', 'date,A,\n', wideSpec, /Column 3 of x\.csv has no name/],
    ['source.unreadable', 'x.csv.gz', gzipSync(LONG).subarray(0, 30), longSpec, /x\.csv\.gz cannot be read/],
    ['source.unreadable', 'x.csv.gz', LONG, longSpec, /x\.csv\.gz cannot be read/],
    ['source.unreadable', 'x.parquet', LONG, longSpec, /x\.parquet cannot be read/],
    ['source.unreadable', 'x.arrow', LONG, longSpec, /x\.arrow cannot be read/],
    ['dataset.time-zone', 'x.csv', LONG, { ...longSpec, timeZone: 'New York' }, /"New York" is not an IANA/],
    [
      'dataset.time-of-day',
      'x.csv',
      LONG,
      { ...longSpec, timeOfDay: '24:00' },
      /"24:00" is not a time of day/,
    ],
  ])('%s: %s %j', async (code, name, content, spec, message) => {
    const refusal = arrive(folder.write(name, content), spec)
    await expect(refusal).rejects.toMatchObject({ name: 'Refusal', fault: { code } })
    await expect(refusal).rejects.toThrow(message)
  })

  it.each([
    ['grows', "appendFileSync(path, 'F,2008-09-15,1\\n')"],
    [
      'has other bytes, and the size and times that it had',
      "writeFileSync(path, readFileSync(path, 'utf8').replace(/\\d\\n$/, '7\\n')); utimesSync(path, 1, 1)",
    ],
    [
      'is replaced',
      "writeFileSync(path + '.new', readFileSync(path)); renameSync(path + '.new', path); utimesSync(path, 1, 1)",
    ],
  ])('source.changed: a file that %s while it is read', async (how, change) => {
    const path = folder.write(`${how.length}.csv`, LONG)
    utimesSync(path, 1, 1)
    // Somebody else writes at the moment when the reader says for the first time that it goes on.
    const reader = new URL('../../streams/sources/reading-child.ts', import.meta.url).href
    const start = () =>
      readerAt(
        folder.write(
          'reader.mjs',
          `import { appendFileSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
          const path = ${JSON.stringify(path)}
          const send = process.send.bind(process)
          process.send = (said) => {
            if (said.kind === 'alive') { ${change} }
            send(said)
          }
          await import('${reader}')`,
        ),
      )
    const options = { spec: longSpec, receivedAt: RECEIVED_AT, start }
    await expect(readFile(path, options, () => {})).rejects.toMatchObject({
      fault: { code: 'source.changed' },
    })
  })

  it('source.unreadable: a file that is not there', async () => {
    await expect(arrive(folder.path('none.csv'), longSpec)).rejects.toMatchObject({
      fault: { code: 'source.unreadable' },
    })
    await expect(arrive(folder.path('none.parquet'), longSpec)).rejects.toMatchObject({
      fault: { code: 'source.unreadable' },
    })
  })
})
