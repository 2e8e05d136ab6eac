/** Tickers that change and are used again. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sessionDate, sessionOfDate } from '../../schemas/calendar.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { type Listing, listing } from '../../schemas/listing.ts'
import { entitiesBy } from '../../streams/sources/listings.ts'

// Another share was FB until 2003; Facebook listed as FB on 2012-05-18 and took the ticker META on 2022-06-09, which had been that
// of an ETF until 2022-01-31 (it is METV since).
const FACEBOOK: readonly Listing[] = [
  { symbol: 'FB', entity: 'FB-old', from: '', to: '2012-05-18' },
  { symbol: 'FB', entity: 'META', from: '2012-05-18', to: '2022-06-09' },
  { symbol: 'META', entity: 'METV', from: '2021-06-30', to: '2022-01-31' },
]

test.each([
  ['FB', '2003-03-28', 'FB-old'],
  ['FB', '2012-05-17', 'FB-old'],
  ['FB', '2012-05-18', 'META'],
  ['FB', '2022-06-08', 'META'],
  ['META', '2022-06-09', 'META'],
  ['META', '2021-07-01', 'METV'],
  // Nobody says what META was then, and Facebook it was not: that traded as FB.
  ['META', '2022-02-01', null],
  ['META', '2021-06-29', null],
  ['META', '2012-05-17', 'META'],
  ['FB', '2022-06-09', 'FB'],
  ['AAPL', '2022-02-01', 'AAPL'],
])('%s on %s is %s', (symbol, date, entity) => {
  expect(entitiesBy(FACEBOOK)(symbol, sessionOfDate(date))).toBe(entity)
})

const messageOf = (listings: readonly Listing[]): string => {
  try {
    entitiesBy(listings)
  } catch (error) {
    if (error instanceof Refusal) return `${error.fault.code}: ${error.message}`
    throw error
  }
  return 'not refused'
}

describe('what overlaps is refused by name', () => {
  const [, facebook] = FACEBOOK
  test.each<[string, Listing, RegExp]>([
    [
      'a symbol that is two entities',
      { symbol: 'FB', entity: 'X', from: '2022-06-08', to: '' },
      /^listing.overlap: .*FB as META from 2012-05-18 to 2022-06-09.*FB as X from 2022-06-08.* on 2022-06-08/,
    ],
    [
      'an entity with two symbols',
      { symbol: 'META', entity: 'META', from: '', to: '' },
      /META as META.*FB as META from 2012-05-18.* on 2012-05-18/,
    ],
    ['the same twice', facebook, /on 2012-05-18/],
  ])('%s', (_, more, message) => {
    expect(messageOf([facebook, more])).toMatch(message)
  })

  test('and what touches does not overlap', () => {
    expect(messageOf([facebook, { symbol: 'FB', entity: 'X', from: '2022-06-09', to: '' }])).toBe(
      'not refused',
    )
    expect(messageOf([facebook, { symbol: 'FB', entity: 'X', from: '', to: '2012-05-18' }])).toBe(
      'not refused',
    )
  })

  test('two without a beginning overlap from the beginning', () => {
    const open = { symbol: 'A', from: '', to: '' }
    const message = messageOf([
      { ...open, entity: 'X' },
      { ...open, entity: 'Y' },
    ])
    expect(message).toMatch(/A as X and A as Y overlap from the beginning/)
  })
})

test('listings that are accepted give no date two owners', () => {
  const day = fc.integer({ min: 0, max: 6 })
  const bound = fc.oneof(fc.constant(''), day.map(sessionDate))
  const symbol = fc.constantFrom('A', 'B', 'C')
  const any = fc
    .record({ symbol, entity: fc.constantFrom('A', 'B', 'X', 'Y'), from: bound, to: bound })
    .filter((one) => listing.safeParse(one).success)
  const covers = ({ from, to }: Listing, date: string) => from <= date && (to === '' || date < to)
  let accepted = 0
  fc.assert(
    fc.property(fc.array(any, { maxLength: 4 }), (listings) => {
      const dates = Array.from({ length: 9 }, (_, i) => sessionDate(i - 1))
      const clash = dates.some((date) => {
        const then = listings.filter((one) => covers(one, date))
        const unique = (of: (one: Listing) => string) => new Set(then.map(of)).size === then.length
        return !unique((one) => one.symbol) || !unique((one) => one.entity)
      })
      expect(messageOf(listings).startsWith('listing.overlap')).toBe(clash)
      if (clash) return
      accepted++
      const entityOf = entitiesBy(listings)
      for (const date of dates) {
        const owners = ['A', 'B', 'C']
          .map((one) => entityOf(one, sessionOfDate(date)))
          .filter((one) => one !== null)
        expect(new Set(owners).size).toBe(owners.length)
        for (const one of listings)
          if (covers(one, date)) expect(entityOf(one.symbol, sessionOfDate(date))).toBe(one.entity)
      }
    }),
    { numRuns: 1000 },
  )
  expect(accepted).toBeGreaterThan(100)
})

test.each([
  [{ symbol: 'A', entity: 'B', from: '2020-01-02', to: '2020-01-02' }, 'to'],
  [{ symbol: 'A', entity: 'B', from: '2020-02-30', to: '' }, 'from'],
  [{ symbol: '', entity: 'B', from: '', to: '' }, 'symbol'],
  [{ symbol: 'A', entity: ' B', from: '', to: '' }, 'entity'],
])('%j is refused at %s', (one, path) => {
  expect(listing.safeParse(one).error?.issues.map((issue) => issue.path.join('.'))).toContain(path)
})
