/** The trials of a family by what they were given: a line each, over an axis for each parameter and one for the result. */
import type { Answer } from '../api.ts'
import { chart, MAIN, SOFT } from '../charts.ts'
import { count, figure, printable } from '../format.ts'

type Settings = Answer<'experiments'>['page']['settings']
type Point = Readonly<{ run: string; axis: string; at: number; isBest: boolean }>

const RESULT = 'Sharpe a year'
/** A line needs another one to be compared with, and an axis two values. */
const FEWEST = 3

/** Parallel coordinates; null where there is nothing to compare. */
export function sweepChart(settings: Settings): HTMLElement | null {
  const axes = [...axesOf(settings)]
  if (settings.length < FEWEST || axes.length < 2) return null
  const best = settings[0]?.run
  const points = settings.flatMap(({ run, sharpe, params }) =>
    axes.flatMap(([axis, { least, most }]): Point[] => {
      const value = axis === RESULT ? sharpe : (params.find(({ name }) => name === axis)?.value ?? null)
      if (value === null) return []
      return [{ run, axis, at: placeOf(Number(value), { least, most }), isBest: run === best }]
    }),
  )
  const ends = axes.flatMap(([axis, { least, most }]) => [
    { axis, at: 0, text: figure(least, 4) },
    { axis, at: 1, text: figure(most, 4) },
  ])
  return chart({
    title: 'What each trial was given, and what it came to',
    label: `${count(settings.length)} trials over ${axes.map(([axis]) => axis).join(', ')}; the best is ${printable(best ?? '')}`,
    height: 240,
    draw: (plot) => ({
      x: { label: null, domain: axes.map(([axis]) => axis), type: 'point' },
      y: { axis: null, domain: [-0.06, 1.06] },
      marks: [
        plot.ruleX(axes, { x: ([axis]: (typeof axes)[number]) => axis, strokeOpacity: 0.3 }),
        plot.line(points, {
          ...{ x: 'axis', y: 'at', z: 'run', strokeOpacity: 0.5 },
          stroke: ({ isBest }: Point) => (isBest ? MAIN : SOFT),
          strokeWidth: ({ isBest }: Point) => (isBest ? 2.5 : 1),
        }),
        plot.text(ends, {
          ...{ x: 'axis', y: 'at', text: 'text', dx: 4, textAnchor: 'start' },
          dy: 0,
        }),
      ],
    }),
  })
}

type Span = Readonly<{ least: number; most: number }>

/** What goes over so many times its least value is placed by its logarithm, as penalties are chosen. */
const WIDE = 50

/** From 0 at the least to 1 at the greatest. */
function placeOf(value: number, { least, most }: Span): number {
  const on = least > 0 && most / least > WIDE ? Math.log : Number
  return (on(value) - on(least)) / (on(most) - on(least))
}

/** Of what differs between them, from the least to the greatest; the result comes last. */
function* axesOf(settings: Settings): Iterable<readonly [axis: string, span: Span]> {
  const names = new Set(settings.flatMap(({ params }) => params.map(({ name }) => name)))
  const spans = (values: readonly number[]): Span => ({
    least: Math.min(...values),
    most: Math.max(...values),
  })
  for (const name of names) {
    const span = spans(settings.flatMap(({ params }) => params.find((one) => one.name === name)?.value ?? []))
    if (span.least < span.most) yield [name, span]
  }
  const results = spans(settings.flatMap(({ sharpe }) => sharpe ?? []))
  if (results.least < results.most) yield [RESULT, results]
}
