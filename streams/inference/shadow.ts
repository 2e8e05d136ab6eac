/**
 * Challengers beside the models in force: at each session's decision moment each is asked by features of its own as of the very same
 * moment, and a book of its own goes along on paper. Nothing that is traded reads what it says.
 */
import type { Position } from '../../schemas/envelope.ts'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import { SessionClosed } from '../../schemas/events/data.ts'
import { ShadowObserved, ShadowPredicted } from '../../schemas/events/shadow.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { Ledger } from '../portfolio/ledger.ts'
import type { Processor, Reaction, Say } from '../processor.ts'
import { decisionOf } from './books.ts'
import type { Markets } from './market.ts'
import type { LiveModel, LiveModels, OnlineFeatures } from './ports.ts'
import { decidedRows, scorer } from './scoring.ts'

export const shadowStream = (run: string): string => `shadow-${run}`

/** Challengers that run; `model` is the model that each challenges, `promotion` the position at which it began. */
export type Shadows = Pick<LiveModels, 'trading'>

type Parts = Readonly<{
  chunks: ChunkStore
  shadows: Shadows
  models: LiveModels
  features: OnlineFeatures
  markets: Markets
}>

/** The book of a run since it was put in shadow. */
type Book = { dataset: string; shadow: Position; ledger: Ledger; prediction: Position }
type Saved = Readonly<Omit<Book, 'ledger'> & { ledger: Memory }>

export function shadowProcessor(parts: Parts): Processor {
  const { shadows, models, markets } = parts
  const scoresOf = scorer(parts)
  const books = new Map<string, Book>()

  const settle = (cause: EventOf<typeof SessionClosed>, say: Say | null): void => {
    const { dataset, session, previous, tradeAt } = cause.data
    const running = new Map(shadows.trading(dataset).map((one) => [one.run.run, one]))
    const { marks } = markets.of(dataset) ?? {}
    for (const [run, book] of books) {
      if (book.dataset !== dataset || marks === undefined) continue
      const one = running.get(run)
      // Whoever was ended, or put in force, has no book on paper any more.
      if (one?.promotion !== book.shadow) {
        books.delete(run)
        continue
      }
      const result = book.ledger.settle(marks, session - previous)
      const of = { model: one.model, run, shadow: book.shadow, prediction: book.prediction }
      const data = { ...of, ...result, session, backfilled: cause.knownAt > tradeAt }
      say?.({ stream: shadowStream(run), events: [ShadowObserved.draft(data, timesOf(cause))] })
    }
  }

  const predict = async (live: LiveModel, cause: EventOf<typeof SessionClosed>): Promise<Reaction[]> => {
    const { model, artifact, promotion: shadow, run } = live
    const scored = await scoresOf(live, cause)
    if (scored === null) return []
    const decision = bookOf(live).ledger.decide(scored.scores, scored.neutral)
    const data = {
      ...{ model, run: run.run, artifact, shadow },
      champion: models.inForce(model)?.promotion ?? 0,
      features: cause.position,
      featureHash: scored.featureHash,
      rows: decidedRows(scored, decision),
      session: cause.data.session,
      backfilled: cause.knownAt > cause.data.tradeAt,
    }
    return [{ stream: shadowStream(run.run), events: [ShadowPredicted.draft(data, timesOf(cause))] }]
  }

  /** The book as it is, or a new one, that is kept once something was decided in it. */
  const bookOf = ({ dataset, promotion: shadow, run }: LiveModel): Book => {
    const book = books.get(run.run)
    if (book?.shadow === shadow) return book
    return { dataset, shadow, ledger: new Ledger(run.portfolio), prediction: 0 }
  }

  const take = ({ data, position }: EventOf<typeof ShadowPredicted>): void => {
    const live = models.inForce(data.model)
    const market = live === undefined ? undefined : markets.of(live.dataset)
    const one = shadows.trading(live?.dataset ?? '').find(({ run }) => run.run === data.run)
    if (market === undefined || one === undefined) return
    const book = bookOf(one)
    books.set(data.run, book)
    book.prediction = position
    book.ledger.take(decisionOf(data.rows, market))
  }

  return {
    name: 'shadow',
    version: 1,
    save: () =>
      new Map([...books].map(([run, { ledger, ...book }]) => [run, { ...book, ledger: ledger.save() }])),
    restore(memory) {
      for (const [run, { ledger, ...book }] of memory as unknown as ReadonlyMap<string, Saved>)
        books.set(run, { ...book, ledger: Ledger.from(ledger) })
    },
    handles: [SessionClosed.type, ShadowPredicted.type],
    async take(event, say) {
      if (isEvent(ShadowPredicted, event)) take(event)
      if (!isEvent(SessionClosed, event)) return
      settle(event, say)
      if (say === null) return
      for (const live of shadows.trading(event.data.dataset))
        for (const reaction of await predict(live, event)) say(reaction)
    },
  }
}

const timesOf = ({ eventTime, knownAt }: EventOf<typeof SessionClosed>) => ({ eventTime, knownAt })
