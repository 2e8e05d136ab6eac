/** How long a day waits for its prediction while training and the gate are at work, beside the same on an idle platform. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Recorded } from '../../schemas/envelope.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { beginValidation } from '../../serving/actions.ts'
import { PlayedClock } from '../../serving/clock.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { type Arriving, playedFiles } from '../../serving/sample/played.ts'
import { playSample } from '../../serving/sample/run.ts'
import { US20 } from '../../serving/sample/samples.ts'
import { closeDueSessions } from '../../serving/sessions.ts'
import { readSpec } from '../../serving/spec-file.ts'
import { runSweep, sweepSpec } from '../../serving/sweep.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { served } from '../support/admitted.ts'

const DAYS = 500
const TRAININGS = 200
const REPORTS = 5
const JUDGED_UNTIL = parseMoment('2010-01-20')

export async function benchLanes() {
  const path = mkdtempSync(join(tmpdir(), 'asof-lanes-'))
  try {
    await (await playSample({ path, plan: US20, until: JUDGED_UNTIL, threads: true })).close()
    const moment = new PlayedClock(JUDGED_UNTIL)
    const platform = await openPlatform({ path, moment, threads: true })
    const days = await daysFrom()
    const idle = await measured(platform, moment, days.slice(0, DAYS))
    const load = await begin(platform)
    const busy = await measured(platform, moment, days.slice(DAYS, 2 * DAYS))
    const rows = [
      { platform: 'idle', ...idle },
      {
        platform: 'at work',
        ...busy,
        trainedMeanwhile: load.trained(),
        reportedMeanwhile: load.reported(),
        p99Ratio: busy.p99Millis / idle.p99Millis,
      },
    ]
    await platform.close()
    return rows
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

async function daysFrom(): Promise<readonly Arriving[]> {
  const spec = await readDatasetFile(US20.prices.declaration)
  const span = { liveFrom: US20.liveFrom, until: Number.POSITIVE_INFINITY }
  const { live } = await playedFiles(spec, US20.prices.files, { feed: US20.feed, ...span })
  return live.filter(({ rows }) => rows.knownAt[0] > JUDGED_UNTIL)
}

/** Starts the trainings and the reports, and does not wait for them. */
async function begin(platform: Platform) {
  const sweep = await readSpec(US20.sweep, sweepSpec)
  const subsets = Object.keys(sweep.features).length
  const alphas = Array.from({ length: Math.ceil(TRAININGS / subsets) }, (_, i) => 1000 + i)
  const before = Object.values(platform.folds.experiments.state().runs)
  let reported = 0
  for (const { spec, status } of before.filter(({ status }) => status === 'finished').slice(0, REPORTS)) {
    const what = { model: US20.model, run: spec.run }
    const act = { actor: 'bench', commandId: `bench:${spec.run}:${status}` }
    const { position } = await beginValidation(platform, what, act)
    platform.lanes.answered(position, ['gate']).then(
      () => reported++,
      () => undefined,
    )
  }
  const sweeping = runSweep(platform, { ...sweep, horizons: [5], alphas }, { actor: 'bench' })
  sweeping.catch(() => undefined)
  const trained = () =>
    Object.values(platform.folds.experiments.state().runs).filter(({ status }) => status === 'finished')
      .length - before.length
  return { trained, reported: () => reported }
}

async function measured(platform: Platform, moment: PlayedClock, days: readonly Arriving[]) {
  const from = (await platform.log.head()).position
  const server = await served(platform)
  const probe = fork(join(import.meta.dirname, 'health-probe.ts'), [`${server.url}/health`])
  await once(probe, 'message')
  for (const arriving of days) {
    moment.advanceTo(arriving.rows.knownAt[0])
    await ingestRows(platform, { ...arriving, actor: 'feed' })
    const { sessions } = platform.markets.of(arriving.dataset) ?? {}
    if (sessions !== undefined) moment.advanceTo(sessions.decides(sessions.of(arriving.rows.eventTime[0])))
    await closeDueSessions(platform, arriving.dataset, { actor: 'feed' })
  }
  const answered = once(probe, 'message')
  probe.send('end')
  const [health] = (await answered) as [number[]]
  await server.close()
  const millis = await waits(platform, from)
  return {
    days: millis.length,
    p50Millis: quantileOf(Float64Array.from(millis), 0.5),
    p99Millis: quantileOf(Float64Array.from(millis), 0.99),
    maxMillis: Math.max(...millis),
    healthRequests: health.length,
    healthP99Millis: quantileOf(Float64Array.from(health), 0.99),
  }
}

/** From an arrival's commit to that of the prediction which follows it, as the log recorded both. */
async function waits({ log }: Platform, after: number): Promise<number[]> {
  const millis: number[] = []
  let arrived: Recorded | null = null
  const types = ['data.RowsArrived', 'prediction.Made']
  for await (const batch of log.readAll(after + 1, { types })) {
    for (const event of batch) {
      if (event.type === 'data.RowsArrived') arrived = event
      else if (arrived !== null) {
        millis.push((event.recordedAt - arrived.recordedAt) / 1000)
        arrived = null
      }
    }
  }
  return millis
}
