/** The latest days of a model against the loss limits, as they were observed and as they are restated: each loss counts once. */
import type { Session } from '../../schemas/calendar.ts'
import type { LossRule } from '../../schemas/events/approval.ts'
import { HINDSIGHT_SESSIONS } from '../portfolio/hindsight.ts'
import { afterDay, type LossBreach, type Losses, NO_LOSSES, reaches } from './loss-limit.ts'

type LossDay = Readonly<{
  session: Session
  net: number
  /** Whether it was found to lose too much in one day. */
  isBreached: boolean
  /** Whether it ever lay so far below the high-water mark that the limit was reached. */
  isFallen: boolean
  /** Whether a review came after it: a new mark is set. */
  isReviewed: boolean
}>

export type LossPath = Readonly<{
  /** Days up to this session are not held against the model again: those of a model before it, and those of long ago. */
  since: Session
  /** Where it stood then, and where it stands now. */
  base: Losses
  now: Losses
  /** Those that can be restated, ascending. */
  days: readonly LossDay[]
}>

/** A breach, and how many days after the mark: the promotion or the latest review before it. */
type Found = LossBreach & Readonly<{ days: number }>
type FoundLate = Found & Readonly<{ session: Session }>

type Day = Readonly<{ session: Session; net: number }>

/** A promotion: what was before it is not held against the model. */
export const newPath = (before: LossPath | undefined): LossPath => ({
  since: before?.days.at(-1)?.session ?? before?.since ?? Number.NEGATIVE_INFINITY,
  base: NO_LOSSES,
  now: NO_LOSSES,
  days: [],
})

/** A review: what was seen by now is answered, and a new mark is set. */
export function afterReview({ since, base, days }: LossPath): LossPath {
  const last = days.at(-1)
  if (last === undefined) return { since, base: NO_LOSSES, now: NO_LOSSES, days }
  return { since, base, now: NO_LOSSES, days: [...days.slice(0, -1), { ...last, isReviewed: true }] }
}

/** A day as it was observed. */
export function afterObserved(
  path: LossPath,
  { session, net }: Day,
  rule: LossRule | null,
): readonly [LossPath, readonly Found[]] {
  const [now, breaches] = afterDay(path.now, net, rule)
  const isBreached = breaches.some((one) => one.rule === 'day')
  const day = { session, net, isBreached, isFallen: now.drawdownBreached, isReviewed: false }
  const found = breaches.map((breach) => ({ ...breach, days: now.days }))
  return [shortened({ ...path, now, days: [...path.days, day] }, rule), found]
}

/**
 * Days as they are known now. A restated day breaches the day's limit unless it did before, by what of its loss was not seen
 * already: a day that breached and is now found to have lost less had shown the difference. A fall breaches unless it was said
 * to before. What a review answered was found before it; what comes to light after it was not.
 */
export function afterRestated(
  path: LossPath,
  sessions: readonly Day[],
  rule: LossRule | null,
): readonly [LossPath, readonly FoundLate[]] {
  const nets = new Map(sessions.map(({ session, net }) => [session, net]))
  const known = path.days.map((day) => ({
    ...day,
    was: day.net,
    net: nets.get(day.session) ?? day.net,
  }))
  const there = new Set(path.days.map(({ session }) => session))
  const unseen = sessions
    .filter(({ session }) => session > path.since && !there.has(session))
    .map((day) => ({ ...day, was: 0, isBreached: false, isFallen: false, isReviewed: false }))
  const days = [...known, ...unseen].sort((a, b) => a.session - b.session)
  const after = standings({ base: path.base, days }, rule)
  let seen = 0
  for (const { was, net, isBreached } of known) if (isBreached) seen += Math.max(0, Math.min(net, 0) - was)
  const found: FoundLate[] = []
  const judged = days.map(({ was, ...day }, place): LossDay => {
    const { session, net } = day
    const { breaches, days: daysFromMark, drawdownBreached } = after[place]
    const isWorse = net < was && !day.isBreached && rule !== null && reaches(-net, rule.dayLoss)
    const covered = isWorse ? Math.min(seen, -net) : 0
    seen -= covered
    const isNew = isWorse && reaches(-net - covered, rule.dayLoss)
    const isAgain = restOfFall(days, after, place).some((one) => one.isFallen)
    for (const breach of breaches)
      if (breach.rule === 'day' ? isNew : !isAgain) found.push({ ...breach, session, days: daysFromMark })
    return { ...day, isBreached: day.isBreached || isWorse, isFallen: day.isFallen || drawdownBreached }
  })
  const { breaches: _, ...now } = after.at(-1) ?? { ...path.now, breaches: [] }
  return [{ ...path, now: judged.at(-1)?.isReviewed ? NO_LOSSES : now, days: judged }, found]
}

type Standing = Losses & Readonly<{ breaches: readonly LossBreach[] }>

/** Where the model stood after each day, and what that day breached. */
function standings(
  { base, days }: Pick<LossPath, 'base' | 'days'>,
  rule: LossRule | null,
): readonly Standing[] {
  let losses = base
  return days.map(({ net, isReviewed }) => {
    const [after, breaches] = afterDay(losses, net, rule)
    losses = isReviewed ? NO_LOSSES : after
    return { ...after, breaches }
  })
}

/** The days from one on through which the fall lasts without a break. */
function restOfFall(days: readonly LossDay[], after: readonly Losses[], from: number): readonly LossDay[] {
  const end = days.findIndex(
    (_, place) =>
      place >= from && (!after[place].drawdownBreached || (place > from && days[place - 1].isReviewed)),
  )
  return days.slice(from, end === -1 ? undefined : end)
}

/** Lets go of the days that cannot be restated any more. */
function shortened(path: LossPath, rule: LossRule | null): LossPath {
  const [first, ...days] = path.days
  if (first === undefined || path.days.length <= HINDSIGHT_SESSIONS) return path
  const [after] = afterDay(path.base, first.net, rule)
  const drawdownBreached = after.drawdownBreached && first.isFallen
  const base = first.isReviewed ? NO_LOSSES : { ...after, drawdownBreached }
  return shortened({ ...path, since: first.session, base, days }, rule)
}
