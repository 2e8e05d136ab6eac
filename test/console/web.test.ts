/** What the browser works out by itself: addresses, figures, the stops of the slider, and signatures, which hold for the platform. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { holds, preAuthEncoding as platformEncoding, publicKeyOf } from '../../schemas/kernel/signature.ts'
import { REVIEW_TYPE } from '../../schemas/review.ts'
import { STATEMENT_TYPE, statementBody } from '../../schemas/statement.ts'
import {
  brief,
  count,
  figure,
  fixed,
  moment,
  percent,
  printable,
  session,
} from '../../serving/console/web/format.ts'
import { assertSays, digest, keyIn, preAuthEncoding, signed } from '../../serving/console/web/signature.ts'
import { stepFrom, stopsOf } from '../../serving/console/web/stops.ts'
import { addressOf, whereIn } from '../../serving/console/web/where.ts'
import { keyOfName } from '../support/keys.ts'

describe('an address', () => {
  test.each([
    ['/#/', { at: 'now', path: [], query: {} }],
    [
      '/?at=2012-05-01T20:00Z#/models/us20-long-short',
      { at: '2012-05-01T20:00Z', path: ['models', 'us20-long-short'], query: {} },
    ],
    [
      '/?at=1200#/experiments?text=ridge&sort=run',
      { at: '1200', path: ['experiments'], query: { text: 'ridge', sort: 'run' } },
    ],
    [
      '/#/lineage/us20%2FJPM%2F2012-05-01',
      { at: 'now', path: ['lineage', 'us20/JPM/2012-05-01'], query: {} },
    ],
    ['/#/data/a%20%23%3F%2F%25', { at: 'now', path: ['data', 'a #?/%'], query: {} }],
  ])('%s is read, and written as it was', (address, where) => {
    const { search, hash } = new URL(address, 'http://asof')
    expect(whereIn(search, hash)).toEqual(where)
    expect(addressOf(where)).toBe(address)
  })

  test('that is broken leads somewhere all the same', () => {
    expect(whereIn('?at=', '#models/%E0%A4%A')).toEqual({
      at: 'now',
      path: ['models', '%E0%A4%A'],
      query: {},
    })
    expect(whereIn('', '')).toEqual({ at: 'now', path: [], query: {} })
  })

  test('keeps the plus of a zone', () => {
    const { search, hash } = new URL(
      addressOf({ at: '2012-05-01T20:00+02:00', path: [], query: {} }),
      'http://asof',
    )
    expect(whereIn(search, hash).at).toBe('2012-05-01T20:00+02:00')
  })
})

test('figures have their digits, a minus that lines up, and a unit', () => {
  expect([count(1234567), count(-1), fixed(-0.5), fixed(null), fixed(Number.NaN)]).toEqual([
    '1,234,567',
    '−1',
    '−0.50',
    '–',
    '–',
  ])
  expect([percent(0.5), percent(-0.00671, 2), percent(null)]).toEqual(['50\u00a0%', '−0.67\u00a0%', '–'])
  expect([figure(0.000066433, 4), figure(123456.789), figure(0), figure(null)]).toEqual([
    '0.00006643',
    '123460',
    '0',
    '–',
  ])
})

test('moments are in UTC, and finer than a second where they are', () => {
  const at = Date.UTC(2012, 4, 1, 20, 5) * 1_000
  expect([moment(at), brief(at), moment(at + 1), moment(null)]).toEqual([
    '2012-05-01T20:05:00Z',
    '2012-05-01 20:05Z',
    '2012-05-01T20:05:00.000001Z',
    '–',
  ])
  expect([moment(-1), session(15_461)]).toEqual(['1969-12-31T23:59:59.999999Z', '2012-05-01'])
})

test('a name cannot turn its line round', () => {
  expect(printable('a\u202eb\u0000\n\u2028c')).toBe('a\\u{202e}b\\u{0}\\u{a}\\u{2028}c')
  expect(printable('AAPL – naïve 株')).toBe('AAPL – naïve 株')
})

describe('the slider', () => {
  const DAY = 86_400_000_000
  const line = {
    from: 0,
    to: 100 * DAY,
    sessions: [10.5 * DAY, 11.5 * DAY, 200 * DAY],
    marks: [11.5 * DAY, 42],
  }
  const stops = stopsOf(line)

  test('rests at each session and act within the line, ascending, each once, and ends at its end', () => {
    expect(stops.filter((stop, i) => i > 0 && stop <= (stops[i - 1] ?? 0))).toEqual([])
    for (const at of [0, 42, 10.5 * DAY, 11.5 * DAY, 100 * DAY]) expect(stops).toContain(at)
    expect(stops).not.toContain(200 * DAY)
    expect(stops.length).toBeGreaterThan(200)
  })

  test('steps from stop to stop, from between them too, and no further than its ends', () => {
    const at = stops.indexOf(10.5 * DAY)
    expect(stepFrom(stops, 10.5 * DAY, 1)).toBe(stops[at + 1])
    expect(stepFrom(stops, 10.5 * DAY, -1)).toBe(stops[at - 1])
    expect(stepFrom(stops, 10.5 * DAY, 21)).toBe(stops[at + 21])
    expect(stepFrom(stops, 10.5 * DAY, -21)).toBe(stops[at - 21] ?? 0)
    expect(stepFrom(stops, 10.5 * DAY + 1, 1)).toBe(stops[at + 1])
    expect(stepFrom(stops, 10.5 * DAY + 1, -1)).toBe(10.5 * DAY)
    expect([stepFrom(stops, 100 * DAY, 1), stepFrom(stops, 0, -1)]).toEqual([100 * DAY, 0])
  })

  test('of a log of one moment has one stop', () => {
    expect(stopsOf({ from: 5, to: 5, sessions: [], marks: [] })).toEqual([5])
  })
})

describe('a signature of the browser', () => {
  const said = {
    log: '0'.repeat(64),
    model: 'small – ünïcode',
    artifact: 'a'.repeat(64),
    report: 'b'.repeat(64),
    policyVersion: 1,
    member: 'bob',
    decision: 'approve' as const,
    reason: 'read "it"',
    expires: 1_600_000_000_000_000,
  }
  const body = statementBody(said)
  const statement = { type: STATEMENT_TYPE, body, said, words: '' }

  test('is over the bytes that the platform signs', () => {
    for (const [type, text] of [
      [STATEMENT_TYPE, body],
      ['', ''],
      ['ü', '\u{1f600}'],
    ])
      expect(Buffer.from(preAuthEncoding(type, text))).toEqual(Buffer.from(platformEncoding(type, text)))
  })

  test('holds for the platform, with the key that the command line makes', async () => {
    const pem = keyOfName('bob')
    const signature = await signed(statement, await keyIn(pem))
    const publicKey = publicKeyOf(pem)
    expect(holds(STATEMENT_TYPE, body, { signature, publicKey })).toBe(true)
    expect(holds(REVIEW_TYPE, body, { signature, publicKey })).toBe(false)
    expect(holds(STATEMENT_TYPE, body, { signature, publicKey: publicKeyOf(keyOfName('cat')) })).toBe(false)
  })

  test('comes of a key that cannot be taken out again', async () => {
    const key = await keyIn(keyOfName('bob'))
    expect([key.extractable, key.usages]).toEqual([false, ['sign']])
    await expect(crypto.subtle.exportKey('pkcs8', key)).rejects.toThrow()
  })

  test.each([
    ['nothing', '', /private key/],
    ['a public key', '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----', /private key/],
    ['no Ed25519', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', /Ed25519/],
  ])('does not come of %s', async (_, pem, why) => {
    await expect(keyIn(pem)).rejects.toThrow(why)
  })

  test('is not made where the server hands out something else', () => {
    const asked = {
      model: said.model,
      artifact: said.artifact,
      member: 'bob',
      decision: 'approve',
      reason: said.reason,
    }
    expect(() => assertSays(statement, asked, STATEMENT_TYPE)).not.toThrow()
    expect(() => assertSays(statement, asked, REVIEW_TYPE)).toThrow(/Nothing was signed/)
    for (const key of ['model', 'artifact', 'member', 'decision', 'reason'] as const) {
      const other = {
        ...statement,
        body: statementBody({ ...said, [key]: key === 'decision' ? 'refuse' : 'other' }),
      }
      expect(() => assertSays(other, asked, STATEMENT_TYPE), key).toThrow(new RegExp(`whose ${key} is`))
    }
  })

  test('goes with the digest of the report as it was sent', async () => {
    const bytes = Buffer.from('{"form":"x"}')
    expect(await digest(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
  })
})
