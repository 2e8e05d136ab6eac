/** Which instrument a symbol of a source is on a date, so that a ticker that is used again is another entity. */
import { type Session, sessionDate, sessionOfDate } from '../../schemas/calendar.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Listing } from '../../schemas/listing.ts'

/**
 * The entity of a symbol on a session. Without a listing it is the symbol itself; null where a listing gives that name to
 * another symbol on that date, for then the row belongs to nobody who is known.
 */
type EntityOf = (symbol: string, session: Session) => string | null

/** A listing with its dates as sessions: `from` inclusive, `to` exclusive. */
type Span = Readonly<{ listing: Listing; from: Session; to: Session }>

/** @throws Refusal `listing.overlap` where a symbol is two entities on a date, or an entity has two symbols */
export function entitiesBy(listings: readonly Listing[]): EntityOf {
  const spans = listings.map(
    (listing): Span => ({
      listing,
      from: listing.from === '' ? Number.NEGATIVE_INFINITY : sessionOfDate(listing.from),
      to: listing.to === '' ? Number.POSITIVE_INFINITY : sessionOfDate(listing.to),
    }),
  )
  const bySymbol = Map.groupBy(spans, ({ listing }) => listing.symbol)
  const byEntity = Map.groupBy(spans, ({ listing }) => listing.entity)
  for (const group of [...bySymbol.values(), ...byEntity.values()]) refuseOverlap(group)
  return (symbol, session) => {
    const own = at(bySymbol.get(symbol), session)
    if (own !== undefined) return own.listing.entity
    return at(byEntity.get(symbol), session) === undefined ? symbol : null
  }
}

const at = (spans: readonly Span[] | undefined, session: Session): Span | undefined =>
  spans?.find(({ from, to }) => from <= session && session < to)

function refuseOverlap(spans: readonly Span[]): void {
  const sorted = spans.toSorted((a, b) => a.from - b.from)
  for (const [place, later] of sorted.entries()) {
    const earlier = sorted[place - 1]
    if (earlier === undefined || earlier.to <= later.from) continue
    const day = Number.isFinite(later.from) ? `on ${sessionDate(later.from)}` : 'from the beginning'
    throw refuse('listing.overlap', { earlier: textOf(earlier), later: textOf(later), day })
  }
}

function textOf({ listing: { symbol, entity, from, to } }: Span): string {
  const dates = [from === '' ? '' : ` from ${from}`, to === '' ? '' : ` to ${to}`].join('')
  return `${symbol} as ${entity}${dates}`
}
