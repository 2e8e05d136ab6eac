/** A model in force beside its challengers: how alike what they say is, and what each earned, over the sessions that both have. */
import type { Session } from '../../schemas/calendar.ts'
import type { Position } from '../../schemas/envelope.ts'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import { ShadowEnded, ShadowObserved, ShadowPredicted, ShadowStarted } from '../../schemas/events/shadow.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { isForeign } from '../../schemas/reaction.ts'
import { predictionStream } from '../../streams/inference/processor.ts'
import { shadowStream } from '../../streams/inference/shadow.ts'
import type { LogReader } from '../../streams/log/port.ts'
import { type Agreement, agreementOf, type Performance, performanceOf, type Said } from './figures.ts'

export type Compared = Readonly<{
  run: string
  artifact: string
  /** Where it was put in shadow, and where that ended; null while it runs. */
  from: Position
  to: Position | null
  agreement: Agreement
  performance: Performance
}>

export type Comparison = Readonly<{ model: string; position: Position; challengers: readonly Compared[] }>

type Readable = Readonly<{
  log: Pick<LogReader, 'readAll' | 'readStream'>
  confirmed: () => Promise<Position>
}>

/** Of one side: some 420 MB. It is 8 years of sessions of 2,000 names. */
const MOST_ROWS = 2 ** 22

/**
 * @param asked.run one of them; all that there were unless it is told, the latest first
 * @throws Refusal `shadow.none-ever`, `shadow.too-much` where one of them said more than is compared at once
 */
export async function comparisonOf(
  { log, confirmed }: Readable,
  asked: Readonly<{ model: string; run?: string | undefined; mostRows?: number }>,
): Promise<Comparison> {
  const { model, run, mostRows = MOST_ROWS } = asked
  const position = await confirmed()
  const spans = (await spansOf(log, model, position)).filter((one) => run === undefined || one.run === run)
  if (spans.length === 0)
    throw refuse('shadow.none-ever', { model, run: run === undefined ? 'No run' : `No run ${run}` })
  // Before the first challenger began there is nothing to hold beside it.
  const champion = await saidIn(log, predictionStream(model), {
    from: spans[0].from,
    upTo: position,
    mostRows,
  })
  const challengers: Compared[] = []
  for (const span of spans.toReversed()) {
    const within = { from: span.from, upTo: position, mostRows }
    const own = await saidIn(log, shadowStream(span.run), within, span.from)
    challengers.push({
      ...span,
      agreement: agreementOf(champion.said, own.said),
      performance: performanceOf(champion.earned, own.earned),
    })
  }
  return { model, position, challengers }
}

type Span = Readonly<{ run: string; artifact: string; from: Position; to: Position | null }>

async function spansOf(log: Readable['log'], model: string, upTo: Position): Promise<readonly Span[]> {
  const spans: Span[] = []
  if (upTo === 0) return spans
  const types = [ShadowStarted.type, ShadowEnded.type]
  for await (const batch of log.readAll(1, { types, positionAtMost: upTo }))
    for (const event of batch) {
      if (isEvent(ShadowStarted, event) && event.data.model === model)
        spans.push({ run: event.data.run, artifact: event.data.artifact, from: event.position, to: null })
      if (!isEvent(ShadowEnded, event) || event.data.model !== model) continue
      const at = spans.findLastIndex((one) => one.run === event.data.run && one.to === null)
      if (at >= 0) spans[at] = { ...spans[at], to: event.position }
    }
  return spans
}

/** What was said of each session and earned in it, live and in time. @param shadow of a challenger, since it was put in shadow */
async function saidIn(
  log: Readable['log'],
  stream: string,
  { from, upTo, mostRows }: Readonly<{ from: Position; upTo: Position; mostRows: number }>,
  shadow?: Position,
) {
  const said = new Map<Session, Said>()
  const earned = new Map<Session, Readonly<{ net: number; cost: number; turnover: number }>>()
  let rows = 0
  const note = (event: EventOf<typeof PredictionMade> | EventOf<typeof ShadowPredicted>): void => {
    rows += event.data.rows.length
    if (rows > mostRows) {
      const who = shadow === undefined ? `model ${event.data.model}` : 'a challenger'
      throw refuse('shadow.too-much', { who, from, most: mostRows, stream })
    }
    said.set(event.data.session, rowsOf(event))
  }
  for await (const batch of log.readStream(stream))
    for (const event of batch) {
      if (event.position < from || event.position > upTo || isForeign(event)) continue
      if (isEvent(PredictionMade, event)) note(event)
      if (isEvent(OutcomeObserved, event)) earned.set(event.data.session, event.data)
      if (isEvent(ShadowPredicted, event) && event.data.shadow === shadow) note(event)
      if (isEvent(ShadowObserved, event) && event.data.shadow === shadow)
        earned.set(event.data.session, event.data)
    }
  return { said, earned }
}

const rowsOf = ({ data }: EventOf<typeof PredictionMade> | EventOf<typeof ShadowPredicted>): Said =>
  new Map(data.rows.map(({ entity, score, weight }) => [entity, { score, weight }]))
