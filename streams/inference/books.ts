/** The book of each live model as its own predictions made it: settled in every session, before it is decided anew. */
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import { SessionClosed } from '../../schemas/events/data.ts'
import { Retired } from '../../schemas/events/model.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { DayResult } from '../portfolio/account.ts'
import { BookInHindsight, type Restated } from '../portfolio/book-in-hindsight.ts'
import { type Decision, Ledger } from '../portfolio/ledger.ts'
import type { Processor } from '../processor.ts'
import type { Market, Markets } from './market.ts'
import type { LiveModel, LiveModels } from './ports.ts'

/** A session's account, and the position of the prediction whose weights were traded at its close. */
export type Settled = Readonly<{
  result: DayResult
  prediction: Position
  /** Sessions that came out otherwise with what this one learned than they were said, this one itself among them. */
  restated: readonly Restated[]
}>

export interface Books {
  /** The account of the session that was closed last; undefined before a model has decided anything. */
  settled(model: string): Settled | undefined
  /** Models whose books are sold off, in order: they were retired, and nothing took their place. */
  withdrawn(dataset: string): readonly string[]
  /** What a live model would decide from these scores, one for each place of its market. */
  decide(live: LiveModel, scores: Float64Array, neutral?: Float64Array): Decision
}

type Book = {
  artifact: string
  dataset: string
  ledger: Ledger
  prediction: Position
  settled: Settled | null
  /** Null before the first decision. */
  hindsight: BookInHindsight | null
  /** Whether it is sold off. */
  isWithdrawn: boolean
}

type Saved = Readonly<Omit<Book, 'ledger' | 'hindsight'> & { ledger: Memory; hindsight: Memory }>

type Parts = Readonly<{
  models: LiveModels
  markets: Markets
  /** The position of the retirement by which nothing is in force as a model; null where something is, or never was. */
  retiredAt: (model: string) => Position | null
}>

/** It says nothing; it is shown each event after the markets and before whoever reads from it. */
export function liveBooks(parts: Parts): Processor & Books {
  const { models, markets, retiredAt } = parts
  const books = new Map<string, Book>()

  const settle = ({ data }: EventOf<typeof SessionClosed>): void => {
    const { marks, hindsight } = markets.of(data.dataset) ?? {}
    for (const [model, book] of books) {
      if (book.dataset !== data.dataset || marks === undefined) continue
      // What is sold off is accounted until it is sold.
      if (book.isWithdrawn && book.ledger.held.every((weight) => weight === 0)) {
        books.delete(model)
        continue
      }
      const result = book.ledger.settle(marks, data.session - data.previous)
      if (hindsight !== undefined)
        book.hindsight?.close(hindsight, { session: data.session, net: result.net })
      const restated = data.restates ? book.hindsight?.restate() : undefined
      book.settled = { result, prediction: book.prediction, restated: restated ?? [] }
    }
  }

  const take = ({ data, position }: EventOf<typeof PredictionMade>): void => {
    const live = models.inForce(data.model)
    const market = live === undefined ? undefined : markets.of(live.dataset)
    if (live === undefined || market === undefined) return
    const before = books.get(data.model)
    const book = bookOf(before, live)
    books.set(data.model, book)
    book.prediction = position
    book.isWithdrawn = false
    const decision = decisionOf(data.rows, market)
    book.ledger.take(decision)
    const successor = book === before ? null : live.run.portfolio
    if (book.hindsight === null) book.hindsight = new BookInHindsight(book.ledger, data.session)
    else book.hindsight.take(data.session, { decision, successor })
  }

  const retire = ({ data: { model }, position }: EventOf<typeof Retired>): void => {
    const book = books.get(model)
    if (book === undefined || retiredAt(model) !== position) return
    book.isWithdrawn = true
    book.prediction = 0
    book.ledger.withdraw()
    const closed = markets.of(book.dataset)?.closed
    if (closed !== undefined) book.hindsight?.withdraw(closed.session)
  }

  return {
    name: 'books',
    version: 1,
    save: () =>
      new Map(
        [...books].map(([model, { ledger, hindsight, ...book }]) => [
          model,
          { ...book, ledger: ledger.save(), hindsight: hindsight?.save() ?? null },
        ]),
      ),
    restore(memory) {
      for (const [model, { ledger, hindsight, ...book }] of memory as unknown as ReadonlyMap<string, Saved>)
        books.set(model, {
          ...book,
          ledger: Ledger.from(ledger),
          hindsight: hindsight === null ? null : BookInHindsight.from(hindsight),
          // A snapshot from before there were retirements does not say.
          isWithdrawn: book.isWithdrawn ?? false,
        })
    },
    handles: [SessionClosed.type, PredictionMade.type, Retired.type],
    async take(event) {
      see(event)
    },
    withdrawn: (dataset) =>
      [...books].flatMap(([model, book]) => (book.isWithdrawn && book.dataset === dataset ? [model] : [])),
    settled: (model) => books.get(model)?.settled ?? undefined,
    decide: (live, scores, neutral) => bookOf(books.get(live.model), live).ledger.decide(scores, neutral),
  }

  function see(event: Recorded): void {
    if (isEvent(SessionClosed, event)) settle(event)
    if (isEvent(PredictionMade, event)) take(event)
    if (isEvent(Retired, event)) retire(event)
  }
}

/** The book as it is, or what another model file takes over. */
function bookOf(book: Book | undefined, { artifact, dataset, run }: LiveModel): Book {
  if (book?.artifact === artifact) return book
  const ledger = book?.ledger.succeed(run.portfolio) ?? new Ledger(run.portfolio)
  const hindsight = book?.dataset === dataset ? book.hindsight : null
  return { artifact, dataset, ledger, prediction: 0, settled: null, hindsight, isWithdrawn: false }
}

/** What was recorded of a decision, at the places of a market. */
export function decisionOf(rows: EventOf<typeof PredictionMade>['data']['rows'], market: Market): Decision {
  const places = rows.map(({ entity }) => market.placeOf(entity))
  const target = new Float64Array(market.entities.length)
  const weights = new Float64Array(market.entities.length)
  for (const [row, { target: wanted, weight }] of rows.entries()) {
    target[places[row]] = wanted
    weights[places[row]] = weight
  }
  return { target, weights }
}
