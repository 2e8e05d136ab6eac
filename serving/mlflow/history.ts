/** Every value of a metric of a run, read from the run's own events and their chunks. */
import { z } from 'zod'
import { trackedRunStream } from '../../commands/tracking/run.ts'
import { pageOf } from '../../projections/tracking/match.ts'
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { numberOf, RunMeasured } from '../../schemas/events/tracking.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { decodePoints, type MetricPoint } from '../../streams/log/points.ts'
import type { LogReader } from '../../streams/log/port.ts'
import { doubleForm, metricForm } from './forms.ts'
import { MOST, ofRun, runIdIn, text, whole } from './input.ts'
import { defineRoute } from './route.ts'
import { runIn } from './run-state.ts'

type Wanted = (point: Pick<MetricPoint, 'key' | 'loggedModel'>) => boolean

/** What the values of runs are read from. */
export type Logged = Readonly<{ log: Pick<LogReader, 'readStream'>; chunks: Pick<ChunkStore, 'get'> }>

/** What makes two values one; and up to which event they count. */
type Telling = Readonly<{ idOf?: (point: MetricPoint) => string; position?: Position }>

/** As MLflow tells values of a run apart, whatever they were measured with. */
export const idInRun = ({ key, step, timestamp, value }: MetricPoint): string =>
  `${step} ${timestamp} ${doubleForm(value)} ${key}`

/** The values of a run that are wanted, in the order of steps and times; what was sent more than once is told once. */
export async function pointsOf(
  { log, chunks }: Logged,
  run: string,
  isWanted: Wanted,
  { idOf = idInRun, position = Number.POSITIVE_INFINITY }: Telling = {},
): Promise<readonly MetricPoint[]> {
  const points = new Map<string, MetricPoint>()
  const keep = (point: MetricPoint) => {
    if (isWanted(point)) points.set(idOf(point), point)
  }
  for await (const batch of log.readStream(trackedRunStream(run)))
    for (const event of batch) {
      if (event.position > position) break
      if (!isEvent(RunMeasured, event)) continue
      const { chunk, latest, points: told } = event.data
      for (const point of told) keep({ ...point, value: numberOf(point) })
      // What it has is told beside it, so that only chunks that hold what is wanted are read.
      if (chunk !== null && latest.some(isWanted))
        for (const point of decodePoints(await chunks.get(chunk))) keep(point)
    }
  return [...points.values()].sort((a, b) => a.step - b.step || a.timestamp - b.timestamp)
}

export const HISTORY_ROUTE = defineRoute({
  method: 'GET',
  path: '/api/2.0/mlflow/metrics/get-history',
  permission: 'read',
  about: 'MLflow: every value of a metric of a run.',
  input: ofRun.extend({
    metric_key: z.string(),
    max_results: whole.default(MOST.pointsOfPage),
    page_token: text,
  }),
  async answer(office, { metric_key, max_results, page_token, ...sent }) {
    const run = runIdIn(sent)
    runIn(await office.desk.runs(), run)
    const points = await pointsOf(office.platform, run, ({ key }) => key === metric_key)
    const { page, next } = pageOf(points, {
      token: page_token,
      most: Math.min(Math.max(max_results, 1), MOST.pointsOfPage),
      question: [run, metric_key],
      idOf: ({ step, timestamp, value }) => `${step} ${timestamp} ${doubleForm(value)}`,
    })
    return {
      ...(page.length > 0 && { metrics: page.map((point) => metricForm(point.key, point)) }),
      ...(next !== null && { next_page_token: next }),
    }
  },
})
