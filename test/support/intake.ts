/** A platform whose data set comes from a topic, and what is in it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isEvent } from '../../schemas/event.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { OffsetsTaken } from '../../schemas/events/intake.ts'
import { columnOf } from '../../schemas/rows.ts'
import type { Archive } from '../../serving/archive.ts'
import { type OpenIntake, openIntake } from '../../serving/intake/open.ts'
import { intakeConfig } from '../../serving/kafka-config.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { getRows } from '../../streams/log/tables.ts'
import { BROKERS } from './topics.ts'

/** A tick has a name of its own, a moment, and a number. */
export const TICKS = `dataset: ticks
layout: long
entityColumn: name
timeColumn: time
timeOfDay: ""
timeZone: UTC
knownAt: { kind: observed, column: "", lagMicros: 0 }
columns: [{ name: price, unit: USD }]
provenance: made up
caveat: made up
`

export const tick = (n: number): string =>
  JSON.stringify({ name: `t${n}`, time: '2024-01-02T15:00:00Z', price: n })

/** A folder with the declaration in it. */
export function intakeFolder(): Readonly<{ path: string; remove: () => void }> {
  const path = mkdtempSync(join(tmpdir(), 'asof-intake-'))
  writeFileSync(join(path, 'ticks.yaml'), TICKS)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

type Topic = Readonly<{ topic: string; format?: string; rows?: number; seconds?: number }>

export async function openTicks(
  path: string,
  {
    registry,
    brokers = BROKERS,
    ...topic
  }: Topic & Readonly<{ registry?: string; brokers?: readonly string[] }>,
): Promise<Readonly<{ platform: Platform; intake: OpenIntake; close: () => Promise<void> }>> {
  const platform = await openPlatform({ path })
  const named = { dataset: join(path, 'ticks.yaml'), format: 'json', seconds: 0.2, ...topic }
  const config = intakeConfig.parse({
    brokers,
    topics: [named],
    ...(registry === undefined ? {} : { registry }),
  })
  const intake = await openIntake(platform, config)
  return {
    platform,
    intake,
    async close() {
      await intake.close()
      await platform.close()
    },
  }
}

/** The prices of a platform's ticks, each as often as a row of it was accepted, ascending. */
export async function pricesIn(platform: Pick<Archive, 'log' | 'chunks'>): Promise<readonly number[]> {
  const prices: number[] = []
  for await (const batch of platform.log.readAll(1, { types: [RowsArrived.type] }))
    for (const event of batch)
      if (isEvent(RowsArrived, event))
        for (const ref of event.chunks) {
          const rows = await getRows(platform.chunks, ref)
          prices.push(...(columnOf(rows, 'price') ?? []))
        }
  return prices.sort((one, other) => one - other)
}

/** The offsets that were taken, as `partition:from-to`, in order. */
export async function takenIn({ log }: Pick<Archive, 'log'>): Promise<readonly string[]> {
  const taken: string[] = []
  for await (const batch of log.readAll(1, { types: [OffsetsTaken.type] }))
    for (const event of batch)
      if (isEvent(OffsetsTaken, event))
        for (const { partition, from, to } of event.data.partitions) taken.push(`${partition}:${from}-${to}`)
  return taken
}

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index)
