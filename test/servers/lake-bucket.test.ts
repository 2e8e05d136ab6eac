/** Tables that deltalake and pyiceberg keep in a bucket: each version has the rows that they read, and arrives once, as what it changed. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { withPlace } from '../../serving/lake-place.ts'
import { changeOf, withLake } from '../../streams/sources/lake/open.ts'
import { fromFirstWhole, type LakeVersion } from '../../streams/sources/lake/table.ts'
import { asof } from '../support/cli.ts'
import { S3_SERVERS } from './s3-servers.ts'

type Cell = string | number | null
type Rows = readonly (readonly [string, string, number])[]
type Written = Readonly<Record<'delta' | 'iceberg', Readonly<Record<string, Rows>>>>

const { TEST_LAKE_PYTHON: python = '' } = process.env

const root = mkdtempSync(join(tmpdir(), 'asof-lake-s3-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function cellsIn(path: string): Promise<readonly (readonly Cell[])[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const found = await connection.runAndReadAll(
    `SELECT instrument, epoch_us("time")::DOUBLE, close, _change_type FROM '${path}'`,
  )
  connection.closeSync()
  return found.getRows() as readonly (readonly Cell[])[]
}

/** What stands after each version, made of what each of them changed. */
async function standingIn(home: string, named: string): Promise<Readonly<Record<string, unknown>>> {
  return withPlace(home, named, (place) =>
    withLake(place, async (table) => {
      if (table === null) throw new Error(`${named} is no table`)
      const found: Record<string, unknown> = {}
      const standing = new Map<string, readonly Cell[]>()
      let before: LakeVersion | null = null
      for await (const after of fromFirstWhole(table)) {
        const out = join(mkdtempSync(join(root, 'change-')), 'change.parquet')
        const keys = ['instrument', 'time']
        const asked = { place: table.place, schema: table.columns, before, after, out }
        const { added, changed, deleted } = await changeOf({ ...asked, columns: [...keys, 'close'], keys })
        for (const [name, time, close, what] of added + changed + deleted === 0 ? [] : await cellsIn(out))
          if (what === 'delete') standing.delete(`${time} ${name}`)
          else standing.set(`${time} ${name}`, [name, time, close])
        found[after.version] = [...standing].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
        before = after
      }
      return found
    }),
  )
}

const toldOf = (versions: Readonly<Record<string, Rows>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(versions).map(([version, rows]) => [
      version,
      rows.map(([name, time, close]) => [name, parseMoment(time), close]),
    ]),
  )

describe.each(S3_SERVERS)('$name', ({ name, endpoint, credentials }) => {
  describe.skipIf(endpoint === '' || python === '')('tables in a bucket', () => {
    const { accessKeyId, secretAccessKey } = credentials
    const bucket = `lake-${randomUUID().slice(0, 8)}`
    const home = join(root, name)
    const write = (what: 'begin' | 'more'): Written => {
      const script = join(import.meta.dirname, 'clients', 'lake-bucket.py')
      const args = [script, endpoint, accessKeyId, secretAccessKey, bucket, what, join(home, 'catalog.db')]
      return JSON.parse(execFileSync(python, args, { encoding: 'utf8' }))
    }
    const ingest = async (kind: string) => {
      const { code, out, err } = await asof(
        join(home, 'platform'),
        ...['ingest', `s3://${bucket}/desk/${kind}`, '-d', join(home, `${kind}.yaml`), '--json'],
      )
      expect(code, err).toBe(0)
      return JSON.parse(out)
    }
    let written: Written

    beforeAll(async () => {
      const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials })
      await client.send(new CreateBucketCommand({ Bucket: bucket }))
      mkdirSync(join(home, 'platform'), { recursive: true })
      writeFileSync(join(home, 'platform', 'secret'), secretAccessKey)
      writeFileSync(
        join(home, 'platform', 'asof.yaml'),
        `lake: { endpoint: "${endpoint}", accessKey: ${accessKeyId}, secretKeyFile: secret }\n`,
      )
      for (const kind of ['delta', 'iceberg'])
        writeFileSync(
          join(home, `${kind}.yaml`),
          `dataset: ${kind}
layout: long
entityColumn: instrument
timeColumn: time
knownAt: { kind: declared, column: _commit_timestamp }
columns: [{ name: close, unit: USD }]
withdrawn: { column: _change_type, words: [delete] }
`,
        )
      written = write('begin')
    }, 300_000)

    test.each(['delta', 'iceberg'] as const)(
      '%s: each version has the rows that its own library reads',
      async (kind) => {
        const found = await standingIn(join(home, 'platform'), `s3://${bucket}/desk/${kind}`)
        expect(found).toEqual(toldOf(written[kind]))
        expect(Object.keys(found).length).toBeGreaterThan(2)
      },
      300_000,
    )

    // What the command does beside reading is the same with any server.
    test.runIf(name === S3_SERVERS.find((one) => one.endpoint !== '')?.name)(
      'asof ingest takes each version once, and a later one behind them',
      async () => {
        const first = await ingest('iceberg')
        const versions = first.versions.map((one: { version: string }) => one.version)
        expect(versions).toEqual(Object.keys(written.iceberg))
        const [last] = Object.keys(write('more').iceberg).filter((version) => !versions.includes(version))
        const told = await ingest('iceberg')
        expect(told).toMatchObject({ table: 'iceberg', since: versions.at(-1) })
        expect(told.versions).toMatchObject([{ version: last, added: 1, changed: 0, deleted: 0 }])
        expect(told.versions[0].arrival.rows).toBe(1)
      },
      600_000,
    )
  })
})
