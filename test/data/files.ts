/** Small files in a folder of their own, and arrivals as plain values that can be compared. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { type DatasetSpec, PLAIN_FORMAT } from '../../schemas/events/data.ts'
import { type Micros, parseMoment } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { type FileArrival, readFile } from '../../streams/sources/file.ts'
import type { Limits } from '../../streams/sources/room.ts'
import { PLAIN } from '../support/sessions.ts'

export const RECEIVED_AT = parseMoment('2024-01-01')

export const longSpec: DatasetSpec = {
  dataset: 'closes',
  layout: 'long',
  entityColumn: 'entity',
  timeColumn: 'date',
  timeOfDay: '16:00',
  timeZone: 'America/New_York',
  knownAt: { kind: 'lag', column: '', lagMicros: 300_000_000 },
  columns: [{ name: 'close', unit: 'USD' }],
  provenance: '',
  ...PLAIN,
  caveat: '',
  format: PLAIN_FORMAT,
}

export const wideSpec: DatasetSpec = { ...longSpec, layout: 'wide', entityColumn: '' }

/** Columns `entity,at,known,value`, whose times are moments. */
export const declaredSpec: DatasetSpec = {
  ...longSpec,
  timeColumn: 'at',
  timeOfDay: '',
  timeZone: '',
  knownAt: { kind: 'declared', column: 'known', lagMicros: 0 },
  columns: [{ name: 'value', unit: '' }],
}

export const observedSpec: DatasetSpec = {
  ...longSpec,
  knownAt: { kind: 'observed', column: '', lagMicros: 0 },
}

/** A folder that is gone after the suite; `write` puts a file there and answers its path. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'asof-data-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return {
    path: (name: string) => join(folder, name),
    write: (name: string, content: string | Uint8Array): string => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    },
  }
}

/** An arrival with all of its slices, read and closed. */
export type Arrived = Omit<FileArrival, 'rows'> & Readonly<{ rows: readonly Rows[] }>

export const arrive = (
  path: string,
  spec: DatasetSpec,
  options: Readonly<{ receivedAt?: Micros; limits?: Partial<Limits> }> = {},
): Promise<Arrived> =>
  readFile(path, { spec, receivedAt: RECEIVED_AT, ...options }, async (file) => ({
    ...file,
    rows: await Array.fromAsync(file.rows),
  }))

/** One row per fact: entity, event time, known time, values. */
type Fact = readonly [string, number, number, ...number[]]

export const factsOf = (slices: Iterable<Rows>): Fact[] =>
  [...slices].flatMap((rows) =>
    Array.from(
      { length: rows.length },
      (_, row): Fact => [
        rows.entities[rows.entity[row]],
        rows.eventTime[row],
        rows.knownAt[row],
        ...rows.columns.map(({ values }) => values[row]),
      ],
    ),
  )

/** Rejects as `line reason`. */
export const linesOf = (arrival: Pick<FileArrival, 'rejects'>): string[] =>
  arrival.rejects.map(({ line, reason }) => `${line} ${reason}`)
