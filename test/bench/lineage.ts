/**
 * How long lineage takes on the sample: from an order back to the file that its price came from, and forth from a corrected row to what
 * rests on it. In this process, from a server, and by the command line alone.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isEvent } from '../../schemas/event.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { type Archive, openArchive } from '../../serving/archive.ts'
import { DEFAULT_FOLDER, folderAt } from '../../serving/folder.ts'
import { lineageOf } from '../../serving/lineage/answer.ts'
import { impactOf } from '../../serving/lineage/impact.ts'
import { identityIn } from '../../serving/sealing.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { ask, upOver } from '../support/doors.ts'

const ASKED = 21
const TYPED = 5
const DEPTH = 3
const MAIN = fileURLToPath(new URL('../../serving/cli/main.ts', import.meta.url))

type Question = Readonly<{ what: string; thing: string; way: 'up' | 'down' | 'impact' }>

/** @returns null where there is no sample to ask */
export async function benchLineage(folder = process.env.ASOF_FOLDER ?? DEFAULT_FOLDER) {
  if (!existsSync(folderAt(folder).log)) {
    console.log(
      `\nlineage: there is no log in ${folder}. Make the sample with npm start, or name one with ASOF_FOLDER.`,
    )
    return null
  }
  const scratch = mkdtempSync(join(tmpdir(), 'asof-lineage-'))
  try {
    cpSync(folder, scratch, { recursive: true })
    const archive = openArchive(scratch)
    const questions = await questionsIn(archive)
    const here: Awaited<ReturnType<typeof inProcess>>[] = []
    for (const question of questions) here.push(await inProcess(archive, question))
    await archive.close()
    const alone = questions.map((question) => byCommand(scratch, question))
    const over = await byServer(scratch, questions)
    return questions.map(({ what }, i) => ({ what, ...here[i], ...over[i], ...alone[i] }))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** The latest order, and a row of the latest arrival that corrected some; of the first arrival where none did. */
async function questionsIn({ log, folder }: Archive): Promise<readonly Question[]> {
  let order = ''
  let [arrival, corrected] = [0, 0]
  for await (const batch of log.readAll(1, { types: [PredictionMade.type, RowsArrived.type] }))
    for (const event of batch) {
      if (isEvent(PredictionMade, event) && event.data.rows.length > 0)
        order = `${identityIn(folder)}/${event.data.model}/${event.position}/${event.data.rows[0].entity}`
      if (!isEvent(RowsArrived, event)) continue
      arrival ||= event.position
      if (event.data.rowsRevised > 0) corrected = event.position
    }
  return [
    { what: 'an order, back to the file of its price', thing: order, way: 'up' },
    { what: 'the first arrival, forth to all that rests on it', thing: String(arrival), way: 'down' },
    ...(corrected === 0
      ? []
      : [
          {
            what: 'a correction, forth to all that rests on it',
            thing: String(corrected),
            way: 'impact',
          } as const,
        ]),
  ]
}

async function inProcess(archive: Archive, { thing, way }: Question) {
  const [wall, cpu] = [new Float64Array(ASKED), new Float64Array(ASKED)]
  for (let i = 0; i < ASKED; i++) {
    const [from, used] = [performance.now(), process.cpuUsage()]
    JSON.stringify(
      await (way === 'impact'
        ? impactOf(archive, thing, {})
        : lineageOf(archive, { thing, direction: way, depth: DEPTH }, {})),
    )
    const { user, system } = process.cpuUsage(used)
    wall[i] = performance.now() - from
    cpu[i] = (user + system) / 1_000
  }
  return { firstCpuMillis: cpu[0], cpuMillis: quantileOf(cpu, 0.5), wallMillis: quantileOf(wall, 0.5) }
}

async function byServer(folder: string, questions: readonly Question[]) {
  const server = await upOver(folder)
  try {
    const rows = []
    for (const { thing, way } of questions) {
      const path = `/api/v1/views/lineage/${way}?thing=${encodeURIComponent(thing)}`
      const wall = new Float64Array(ASKED)
      for (let i = 0; i < ASKED; i++) {
        const from = performance.now()
        const { status } = await ask(server.url, path)
        if (status !== 200) throw new Error(`${path} was answered with ${status}`)
        wall[i] = performance.now() - from
      }
      rows.push({ firstHttpMillis: wall[0], httpMillis: quantileOf(wall, 0.5) })
    }
    return rows
  } finally {
    await server.stop()
  }
}

function byCommand(folder: string, { thing, way }: Question) {
  const wall = Float64Array.from({ length: TYPED }, () => {
    const from = performance.now()
    const { status, stderr } = spawnSync(process.execPath, [
      MAIN,
      'lineage',
      thing,
      `--${way}`,
      '-C',
      folder,
      '--json',
    ])
    if (status !== 0) throw new Error(String(stderr))
    return performance.now() - from
  })
  return { commandMillis: quantileOf(wall, 0.5) }
}
