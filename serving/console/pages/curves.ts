/** Metrics over the steps of a run that a tracking client logged, thinned to what a chart can show. */
import type { Position } from '../../../schemas/envelope.ts'
import { type Logged, pointsOf } from '../../mlflow/history.ts'

/** Each is a chart; a client may log a thousand. */
const MOST_CURVES = 24
const MOST_POINTS = 400

export type Curve = Readonly<{
  metric: string
  /** How many values there are; those that are told, in the order of steps. A value that is no number is left out. */
  count: number
  points: readonly Readonly<{ step: number; value: number }>[]
}>

/** Of a run as it was at a position: the metrics with more than one value, by name. */
export async function curvesOf(
  source: Logged,
  run: string,
  position: Position,
): Promise<Readonly<{ curves: readonly Curve[]; leftOut: number }>> {
  const points = await pointsOf(source, run, () => true, { position })
  const byMetric = Map.groupBy(points, ({ key }) => key)
  const all = [...byMetric].flatMap(([metric, of]): Curve[] => {
    const told = of.flatMap(({ step, value }) => (Number.isFinite(value) ? [{ step, value }] : []))
    return told.length < 2 ? [] : [{ metric, count: of.length, points: thinned(told) }]
  })
  const curves = all.sort((a, b) => (a.metric < b.metric ? -1 : 1))
  return { curves: curves.slice(0, MOST_CURVES), leftOut: Math.max(0, curves.length - MOST_CURVES) }
}

/** In each stretch of steps the least and the greatest, so that no spike is lost; the first and the last as they are. */
function thinned<T extends Readonly<{ value: number }>>(points: readonly T[]): readonly T[] {
  if (points.length <= MOST_POINTS) return points
  const inner = points.slice(1, -1)
  const stretches = (MOST_POINTS - 2) / 2
  const kept = Array.from({ length: stretches }, (_, at) => {
    const from = Math.floor((at * inner.length) / stretches)
    const to = Math.floor(((at + 1) * inner.length) / stretches)
    const part = inner.slice(from, to)
    const least = part.reduce((low, one) => (one.value < low.value ? one : low))
    const most = part.reduce((high, one) => (one.value > high.value ? one : high))
    return part.filter((one) => one === least || one === most)
  })
  return [points[0], ...kept.flat(), points[points.length - 1]]
}
