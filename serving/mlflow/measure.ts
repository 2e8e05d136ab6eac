/** Metrics into events: a few values stand in the event itself, many in one Arrow chunk that the event has the hash of. */
import { trackedRun, trackedRunStream } from '../../commands/tracking/run.ts'
import { isLater } from '../../projections/tracking/runs.ts'
import { type Point, pointValue } from '../../schemas/events/tracking.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { encodePoints, type MetricPoint } from '../../streams/log/points.ts'
import type { MetricSent } from './input.ts'
import type { Asking, Office } from './route.ts'
import { runIn } from './run-state.ts'

/** More values than this are a file of their own: a file costs two fsyncs and 4 KiB. */
const MOST_IN_EVENT = 64

const MICROS_PER_MILLI = 1_000

/** Records values of metrics once: the same ones again are the ones that they were. */
export async function measure(
  office: Office,
  run: string,
  { metrics, asking }: Readonly<{ metrics: readonly MetricSent[]; asking: Asking }>,
): Promise<void> {
  if (metrics.length === 0) return
  const points = metrics.map(pointOf)
  const measured =
    points.length <= MOST_IN_EVENT
      ? {
          data: { run, count: points.length, points: points.map(written), chunk: null, latest: [] },
          chunks: [],
        }
      : await inChunk(office, run, points)
  const { subject } = asking
  await office.desk.act(trackedRun, {
    stream: trackedRunStream(run),
    command: { kind: 'measure', measured: measured.data, chunks: measured.chunks },
    commandId: `tracking.measure:${run}:${digestOf(points).slice(0, 32)}`,
    subject,
  })
}

async function inChunk(office: Office, run: string, points: readonly MetricPoint[]) {
  // Nothing is stored for a run that there is not.
  runIn(await office.desk.runs(), run)
  const bytes = encodePoints(points)
  const hash = await office.platform.chunks.put(bytes, 'arrow')
  const times = points.map(({ timestamp }) => timestamp * MICROS_PER_MILLI)
  const ref = {
    ...{ hash, format: 'arrow' as const, rows: points.length, bytes: bytes.length },
    ...{ eventTimeFrom: Math.min(...times), eventTimeTo: Math.max(...times) },
  }
  const latest = latestOf(points).map(written)
  return { data: { run, count: points.length, points: [], chunk: hash, latest }, chunks: [ref] }
}

const pointOf = ({ key, value, timestamp, step, ...of }: MetricSent): MetricPoint => ({
  key,
  value,
  timestamp,
  step,
  loggedModel: of.model_id,
  dataset: of.dataset_name,
  datasetDigest: of.dataset_digest,
})

const written = ({ value, ...rest }: MetricPoint): Point => ({ ...rest, ...pointValue(value) })

const digestOf = (points: readonly MetricPoint[]): string =>
  sha256(
    JSON.stringify(
      points.map(({ key, value, timestamp, step, loggedModel, dataset, datasetDigest }) => [
        ...[key, String(Object.is(value, -0) ? '-0' : value), timestamp, step],
        ...[loggedModel, dataset, datasetDigest],
      ]),
    ),
  )

/** Of each metric, as measured with each model on each data set, the value that stands for it. */
function latestOf(points: readonly MetricPoint[]): readonly MetricPoint[] {
  const latest = new Map<string, MetricPoint>()
  for (const point of points) {
    const place = `${point.key}\n${point.loggedModel}\n${point.dataset}\n${point.datasetDigest}`
    const before = latest.get(place)
    if (isLater(point, before)) latest.set(place, point)
  }
  return [...latest.values()]
}
