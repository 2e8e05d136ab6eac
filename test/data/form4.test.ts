/** SEC ownership filings as a source: what is read, from when it is known, and what an amendment does. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { formatMoment, parseMoment } from '../../schemas/kernel/time.ts'
import { cellOf, columnOf, type Rows } from '../../schemas/rows.ts'
import { ingestFile } from '../../serving/ingest.ts'
import { parseDataset } from '../../streams/sources/dataset-file.ts'
import { memoryPlatform } from '../support/memory-platform.ts'
import { readVector } from '../support/vectors.ts'
import { arrive, temporaryFolder } from './files.ts'

const folder = temporaryFolder()
const LIBRARY = new URL('../../streams/sources/library/sec-form4.yaml', import.meta.url)
const spec = await parseDataset(readFileSync(LIBRARY, 'utf8'), 'sec-form4.yaml')
const RECEIVED_AT = parseMoment('2026-01-01')

/** A filing in the form in which SEC ships it: header, then the document. */
const submission = (
  xml: string,
  accession: string,
  accepted: string,
): string => `<SEC-DOCUMENT>${accession}.txt : 20221215
<SEC-HEADER>${accession}.hdr.sgml : 20221215
<ACCEPTANCE-DATETIME>${accepted}
ACCESSION NUMBER:		${accession}
CONFORMED SUBMISSION TYPE:	4
</SEC-HEADER>
<DOCUMENT>
<TYPE>4
<TEXT>
<XML>
${xml.trim()}
</XML>
</TEXT>
</DOCUMENT>
</SEC-DOCUMENT>
`
const SNOW = readVector('form4-snow.xml')
const filed = submission(SNOW, '0000899243-22-038996', '20221215163015')

const told = (rows: Rows, row: number, ...names: string[]) =>
  names.map((name) => {
    const column = rows.columns.find((one) => one.name === name)
    return column === undefined ? undefined : cellOf(column, row)
  })

test('a filing is one row for each transaction, known from when SEC accepted it', async () => {
  const { rows, rejects } = await arrive(folder.write('snow.txt', filed), spec, { receivedAt: RECEIVED_AT })
  expect(rejects).toEqual([])
  const [all] = rows
  // By `grep -c '<transactionDate>'` of the document.
  expect(all.length).toBe(7)
  expect(all.entities).toEqual(['SNOW'])
  expect([...new Set(all.knownAt)].map(formatMoment)).toEqual(['2022-12-15T21:30:15Z'])
  expect(
    all.eventTime.every(
      (at) => at >= parseMoment('2022-12-13T05:00Z') && at < parseMoment('2022-12-13T06:00Z'),
    ),
  ).toBe(true)
  const sales = Array.from({ length: 7 }, (_, row) => row).filter((row) => told(all, row, 'code')[0] === 'S')
  // Shares times price of the five sales, by the document: 73170 at 150.841, 74907 at 151.814, 41986 at 152.655, 5496 at 153.872, 4441 at 154.76.
  const sold = sales.reduce((sum, row) => sum + (columnOf(all, 'sold')?.[row] ?? 0), 0)
  expect(sold).toBeCloseTo(11_037_035.97 + 11_371_931.298 + 6_409_372.83 + 845_680.512 + 687_289.16, 2)
  expect(told(all, sales[0], 'isOfficer', 'isDirector', 'table')).toEqual([1, 0, 'non-derivative'])
  expect(columnOf(all, 'bought')?.every((value) => value === 0)).toBe(true)
})

test('a document without its header is not known at any moment: its rows are set apart', async () => {
  const { rowCount, reasons } = await arrive(folder.write('bare.xml', SNOW), spec, {
    receivedAt: RECEIVED_AT,
  })
  expect(rowCount).toBe(0)
  expect(reasons).toEqual([{ reason: 'known.missing', rows: 7 }])
})

test('an amendment revises the transactions that it corrects, from when it was accepted', async () => {
  const platform = await memoryPlatform()
  const ingest = (at: string, name: string, text: string) => {
    platform.moment.advanceTo(parseMoment(at))
    return ingestFile(platform, { path: folder.write(name, text), spec, actor: 'ann' })
  }
  expect((await ingest('2022-12-16', 'a.txt', filed)).arrival.rows).toBe(7)
  const amended = SNOW.replace('<documentType>4<', '<documentType>4/A<').replace(
    '<value>73170</value>',
    '<value>37170</value>',
  )
  const { arrival } = await ingest(
    '2023-01-10',
    'b.txt',
    submission(amended, '0000899243-23-000001', '20230109180000'),
  )
  // What the amendment says again is another filing's word: its number and its mark are new in every row.
  expect([arrival.rows, arrival.rowsRevised]).toEqual([7, 7])
  expect([arrival.knownFrom, arrival.knownTo].map(formatMoment)).toEqual([
    '2023-01-09T23:00:00Z',
    '2023-01-09T23:00:00Z',
  ])
})

test('a document that is no ownership filing, or is damaged, is refused with the reason', async () => {
  const wrong = async (text: string) =>
    arrive(folder.write('w.xml', text), spec, { receivedAt: RECEIVED_AT }).then(
      () => '',
      (error: Error) => error.message,
    )
  expect(await wrong('<a><b/></a>')).toContain('it holds <a>; an ownership filing is an <ownershipDocument>')
  expect(await wrong(SNOW.replace('</nonDerivativeTable>', ''))).toContain('has no end')
  expect(await wrong(`<!DOCTYPE x [<!ENTITY a "b">]>${SNOW}`)).toContain('declares a document type')
  expect(await wrong('')).toContain('has no element')
  expect(await wrong(`${'<a>'.repeat(100)}`)).toContain('deep')
  expect(await wrong(`${filed}${filed}`)).toContain('2 ownership documents')
})
