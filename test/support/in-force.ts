/** The small platform with its model in force, served: what clients of the Open Inference Protocol ask. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isEvent } from '../../schemas/event.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { type Served, served } from './admitted.ts'
import { eventsOf, type MemoryPlatform } from './memory-platform.ts'
import { smallFolder } from './small-folder.ts'
import { HISTORY_DAYS } from './small-platform.ts'
import { decidedOf } from './small-world.ts'

export const DAYS = 6

/** When the latest session was decided: as of then the latest live prediction was made. */
export const DECIDED = decidedOf(HISTORY_DAYS + DAYS - 1)

export type InForce = Readonly<{
  platform: MemoryPlatform
  server: Served
  path: string
  close: () => Promise<void>
}>

/** In a folder of its own. */
export async function inForce(options: Parameters<typeof served>[1] = {}): Promise<InForce> {
  const path = mkdtempSync(join(tmpdir(), 'asof-in-force-'))
  const platform = await smallFolder(path, DAYS)
  const server = await served(platform, options)
  return {
    ...{ platform, server, path },
    async close() {
      await server.close()
      await platform.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** The score of each name in the latest live prediction. */
export async function liveScores({ log }: Pick<MemoryPlatform, 'log'>): Promise<ReadonlyMap<string, number>> {
  const made = (await eventsOf(log)).filter((event) => isEvent(PredictionMade, event))
  const rows = made.at(-1)?.data.rows ?? []
  return new Map(rows.flatMap(({ entity, score }) => (score === null ? [] : [[entity, score] as const])))
}
