/** Metrics over steps, as the console draws them: every metric of a run at a moment, thinned without losing a spike. */
import { expect, test } from 'vitest'
import { trackedRunStream } from '../../commands/tracking/run.ts'
import type { DataOf } from '../../schemas/event.ts'
import { RunMeasured } from '../../schemas/events/tracking.ts'
import { curvesOf } from '../../serving/console/pages/curves.ts'
import { encodePoints } from '../../streams/log/points.ts'
import { inject } from '../support/by-hand.ts'
import { memoryPlatform } from '../support/memory-platform.ts'

const point = (key: string, step: number, value: number) => ({
  ...{ key, step, value, timestamp: step, loggedModel: '', dataset: '', datasetDigest: '' },
})
const NOW = { eventTime: 1, knownAt: 1 }

test('each metric with more than one value, up to the moment, from events and chunks; a spike among thousands is there', async () => {
  const platform = await memoryPlatform()
  const loss = Array.from({ length: 5_000 }, (_, step) =>
    point('loss', step, step === 3_333 ? 9 : 1 / (step + 1)),
  )
  const chunk = await platform.chunks.put(encodePoints(loss), 'arrow')
  const latest = [{ ...point('loss', 4_999, 1 / 5_000), special: '' }]
  const said = [
    { count: loss.length, points: [], chunk, latest },
    {
      count: 2,
      points: [
        { ...point('acc', 1, 0.5), special: '' },
        { ...point('once', 1, 1), special: '' },
      ],
    },
    { count: 1, points: [{ ...point('acc', 2, 0.6), special: '' }] },
    { count: 1, points: [{ ...point('acc', 3, 0.7), special: '' }] },
  ].map((one) =>
    RunMeasured.draft({ chunk: null, latest: [], ...one, run: 'r' } as DataOf<typeof RunMeasured>, NOW),
  )
  await inject(platform, trackedRunStream('r'), said)
  const { position } = await platform.log.head()
  const { curves, leftOut } = await curvesOf(platform, 'r', position - 1)
  expect(leftOut).toBe(0)
  expect(curves.map(({ metric, count }) => [metric, count])).toEqual([
    ['acc', 2],
    ['loss', 5_000],
  ])
  const [acc, drawn] = curves
  expect(acc.points).toEqual([
    { step: 1, value: 0.5 },
    { step: 2, value: 0.6 },
  ])
  expect(drawn.points.length).toBeLessThanOrEqual(400)
  expect(drawn.points).toContainEqual({ step: 3_333, value: 9 })
  expect([drawn.points[0].step, drawn.points.at(-1)?.step]).toEqual([0, 4_999])
  const steps = drawn.points.map(({ step }) => step)
  expect(steps).toEqual([...steps].sort((a, b) => a - b))
})
