/** The sample that comes with Asof: what its README says of it is so. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import { arrive, factsOf } from './files.ts'

const at = (name: string): string =>
  fileURLToPath(new URL(`../../serving/sample/us20/${name}`, import.meta.url))
const read = async (declaration: string, file: string) => {
  const arrival = await arrive(at(file), await readDatasetFile(at(declaration)))
  return { arrival, facts: factsOf(arrival.rows) }
}

describe('the sample', () => {
  it.each([
    ['prices.yaml', 'sp500_dataset.csv.gz', 8313 * 20],
    ['index.yaml', 'sp500_index.csv.gz', 8313],
    ['factors.yaml', 'factors_dataset.csv.gz', 2264 * 5],
  ])('%s reads %s whole, as DuckDB counts it', async (declaration, file, rows) => {
    const { arrival, facts } = await read(declaration, file)
    expect(arrival).toMatchObject({
      rowCount: rows,
      rejects: [],
      duplicateRows: 0,
      outOfOrderRows: 0,
      blankLines: 0,
    })
    const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
    const connection = await instance.connect()
    const sql = `SELECT count(v), count(DISTINCT Date), min(v), max(v), arg_min(e, (Date, e)) FROM
      (UNPIVOT (FROM read_csv('${at(file)}')) ON COLUMNS(* EXCLUDE Date) INTO NAME e VALUE v)`
    const [counted] = (await connection.runAndReadAll(sql)).getRows()
    const values = facts.map((fact) => fact[3])
    expect(counted.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell))).toEqual([
      rows,
      new Set(facts.map((fact) => fact[1])).size,
      values.reduce((a, b) => Math.min(a, b)),
      values.reduce((a, b) => Math.max(a, b)),
      facts[0][0],
    ])
    connection.closeSync()
    instance.closeSync()
  })

  it('has its first and last closes at 16:00 in New York, summer and winter, known five minutes later', async () => {
    const { facts } = await read('prices.yaml', 'sp500_dataset.csv.gz')
    const said = facts.map(([entity, eventTime, , close]) => `${entity} ${formatMoment(eventTime)} ${close}`)
    expect(said[0]).toBe('AAPL 1990-01-02T21:00:00Z 0.264')
    expect(said[19]).toBe('XOM 1990-01-02T21:00:00Z 4.068')
    expect(said.at(-20)).toBe('AAPL 2022-12-28T21:00:00Z 125.674')
    expect(said.at(-1)).toBe('XOM 2022-12-28T21:00:00Z 106.627')
    expect(said.filter((text) => text.includes(' 2008-09-15T20:00:00Z '))).toHaveLength(20)
    expect(facts.every(([, eventTime, knownAt]) => knownAt - eventTime === 300_000_000)).toBe(true)
  })

  it('has the hashes that its README states', () => {
    const readme = readFileSync(at('README.md'), 'utf8')
    for (const file of ['sp500_dataset.csv.gz', 'sp500_index.csv.gz', 'factors_dataset.csv.gz']) {
      const hash = createHash('sha256')
        .update(readFileSync(at(file)))
        .digest('hex')
      expect(readme.split('\n').find((line) => line.includes(`\`${file}\``))).toContain(hash)
    }
  })
})
