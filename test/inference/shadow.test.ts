/** A challenger in shadow: what it says beside the model in force, what its book comes to, and what none of it touches. */
import { beforeAll, describe, expect, test } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import { ShadowObserved, ShadowPredicted } from '../../schemas/events/shadow.ts'
import { comparisonOf } from '../../serving/challengers/comparison.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { endShadow, startShadow } from '../../serving/shadows.ts'
import { wireLane } from '../../serving/wire.ts'
import { meanOf } from '../../streams/statistics/moments.ts'
import { eventsOf, factsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import {
  act,
  HISTORY_DAYS,
  judgedPlatform,
  MODEL,
  playDays,
  playedPlatform,
  promoteRun,
} from '../support/small-platform.ts'

const CHAMPION = 'small-h3-momentum'
const CHALLENGER = 'small-h1-momentum'
/** The gate refused it: on paper it may run all the same. */
const REFUSED = 'small-h3-noise'
const DAYS = 5

const begin = (platform: MemoryPlatform, run: string, model = MODEL) =>
  startShadow(platform, { model, run }, act(`shadow-${run}-${model}`))

let platform: MemoryPlatform
let alone: MemoryPlatform

beforeAll(async () => {
  alone = await playedPlatform(DAYS)
  platform = await judgedPlatform()
  await promoteRun(platform, CHAMPION)
  await begin(platform, CHALLENGER)
  await begin(platform, REFUSED)
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + DAYS)
})

const ofRun = async <T extends typeof ShadowPredicted | typeof ShadowObserved>(type: T, run: string) =>
  (await eventsOf(platform.log)).filter((event) => isEvent(type, event) && event.data.run === run)

test('it says of each session what it would do, by the features of the same moment, and a replay says the same', async () => {
  const made = (await eventsOf(platform.log)).filter((event) => isEvent(PredictionMade, event))
  for (const run of [CHALLENGER, REFUSED]) {
    const said = (await ofRun(ShadowPredicted, run)).filter((event) => isEvent(ShadowPredicted, event))
    expect(said.map(({ data }) => [data.session, data.features])).toEqual(
      made.map(({ data }) => [data.session, data.features]),
    )
    expect(said.every(({ data }) => data.rows.length > 0)).toBe(true)
    expect(said[0].data.champion).toBe(platform.models.inForce(MODEL)?.promotion)
    const observed = await ofRun(ShadowObserved, run)
    expect(observed).toHaveLength(DAYS - 1)
  }
  const range = { from: 1, to: (await platform.log.head()).position }
  const { first, compared, equal } = await replay(platform.log, wireLane.live(platform.chunks), range)
  expect(first).toBeNull()
  expect(compared['shadow.PredictionMade']).toBe(2 * DAYS)
  expect(equal['shadow.OutcomeObserved']).toBe(2 * (DAYS - 1))
})

test('a book on paper is the book that the model would have had: put in force, the same run earns the same', async () => {
  const other = await judgedPlatform()
  await promoteRun(other, CHALLENGER)
  await playDays(other, HISTORY_DAYS, HISTORY_DAYS + DAYS)
  const inForce = (await eventsOf(other.log)).flatMap((event) =>
    isEvent(OutcomeObserved, event) ? [[event.data.session, event.data.net, event.data.turnover]] : [],
  )
  const onPaper = (await ofRun(ShadowObserved, CHALLENGER)).flatMap((event) =>
    isEvent(ShadowObserved, event) ? [[event.data.session, event.data.net, event.data.turnover]] : [],
  )
  expect(onPaper).toEqual(inForce)
})

test('what is in force says, earns and is watched as if there were no challenger', async () => {
  const own = async (of: MemoryPlatform) =>
    (await factsOf(of.log)).flatMap(({ type, data }) => {
      if (!/^(?:prediction|drift|capital)\./.test(type)) return []
      const {
        features: _,
        prediction: __,
        promotion: ___,
        outcome: ____,
        ...said
      } = data as Record<string, unknown>
      return [[type, said]]
    })
  expect(await own(platform)).toEqual(await own(alone))
})

describe('it is held beside the model in force', () => {
  const comparison = (run?: string) => comparisonOf(platform, { model: MODEL, run })

  test('over the sessions that both have, by figures that follow from their events', async () => {
    const { challengers } = await comparison()
    expect(challengers.map(({ run, to }) => [run, to])).toEqual([
      [REFUSED, null],
      [CHALLENGER, null],
    ])
    const [, { agreement, performance }] = challengers
    const nets = async (type: typeof OutcomeObserved | typeof ShadowObserved, run?: string) =>
      (await eventsOf(platform.log)).flatMap((event) =>
        isEvent(type, event) && (run === undefined || (event.data as { run?: string }).run === run)
          ? [event.data.net]
          : [],
      )
    const [a, b] = [await nets(OutcomeObserved), await nets(ShadowObserved, CHALLENGER)]
    expect(agreement.sessions).toBe(DAYS)
    expect(agreement.rankCorrelation).toBeGreaterThan(0)
    expect(agreement.activeShare).toBeGreaterThan(0)
    expect(performance?.sessions).toBe(DAYS - 1)
    const compounded = (net: readonly number[]) => net.reduce((capital, one) => capital * (1 + one), 1) - 1
    expect(performance?.champion.totalReturn).toBeCloseTo(compounded(a), 14)
    expect(performance?.challenger.totalReturn).toBeCloseTo(compounded(b), 14)
    expect(performance?.difference.mean).toBeCloseTo(
      meanOf(Float64Array.from(b)) - meanOf(Float64Array.from(a)),
      14,
    )
  })

  test('as far as its rows can be held: of more than a stated number it says so, and holds none', async () => {
    const most = async (of: typeof PredictionMade | typeof ShadowPredicted, run: string) =>
      (await eventsOf(platform.log)).reduce((sum, event) => {
        if (!isEvent(of, event) || (isEvent(ShadowPredicted, event) && event.data.run !== run)) return sum
        return sum + event.data.rows.length
      }, 0)
    const mostRows = Math.max(await most(PredictionMade, ''), await most(ShadowPredicted, CHALLENGER))
    const asked = { model: MODEL, run: CHALLENGER }
    expect((await comparisonOf(platform, { ...asked, mostRows })).challengers).toHaveLength(1)
    expect(await refusalIn(comparisonOf(platform, { ...asked, mostRows: mostRows - 1 }))).toBe(
      'shadow.too-much',
    )
  })

  test('only where there is one, and only while the same run is beside the same model', async () => {
    expect(await refusalIn(comparison('nobody'))).toBe('shadow.none-ever')
    expect(await refusalIn(begin(platform, CHAMPION))).toBe('shadow.is-champion')
    expect(await refusalIn(begin(platform, CHALLENGER, 'other'))).toBe('shadow.elsewhere')
    expect(await refusalIn(begin(platform, 'small-h1-noise', 'other'))).toBe('model.no-report')
    expect((await begin(platform, CHALLENGER)).changed).toBe(false)
    expect(
      await refusalIn(endShadow(platform, { model: MODEL, run: 'small-h1-noise' }, act('end-none'))),
    ).toBe('shadow.none')
  })

  test('until it is ended, or put in force itself', async () => {
    const { position } = await endShadow(platform, { model: MODEL, run: REFUSED }, act('end'))
    expect((await endShadow(platform, { model: MODEL, run: REFUSED }, act('end-again'))).changed).toBe(false)
    await promoteRun(platform, CHALLENGER)
    await playDays(platform, HISTORY_DAYS + DAYS, HISTORY_DAYS + DAYS + 2)
    const later = (await eventsOf(platform.log, position)).map(({ type }) => type)
    expect(later).toContain('prediction.Made')
    expect(
      later.filter((type) => type === 'shadow.PredictionMade' || type === 'shadow.OutcomeObserved'),
    ).toEqual([])
    const { challengers } = await comparison(REFUSED)
    expect(challengers[0].to).toBe(position)
  })
})
