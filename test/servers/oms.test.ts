/** The example of an OMS as a process, on the topics of a real Kafka. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Capital, Prediction } from '../../schemas/topics/oms.ts'
import type { Order } from '../../serving/oms/orders.ts'
import { type PublishedStory, publishedStory } from '../support/published-story.ts'
import { NAMES } from '../support/small-world.ts'
import { BROKERS, NO_KAFKA } from '../support/topics.ts'

const PREFIX = `oms-${process.pid}`
const [EQUITY, PRICE, LOT] = [1_000_000, 10, 10]
const EXAMPLE = join(import.meta.dirname, '..', '..', 'serving', 'oms', 'example.ts')

type Line = Readonly<{ order?: Order; refused?: { why: string; position: number } }>

describe.skipIf(NO_KAFKA !== null)(`the example of an OMS ${NO_KAFKA ?? ''}`, () => {
  let path: string
  let registry: PublishedStory['registry']
  let log: string
  let predictions: readonly Prediction[]
  let capitals: readonly Capital[]
  let story: PublishedStory | undefined

  beforeAll(async () => {
    story = await publishedStory({ prefix: PREFIX, days: 25, price: PRICE })
    ;({ path, registry, log, predictions, capitals } = story)
  }, 180_000)

  afterAll(() => story?.close())

  /** Runs it until a line is what is waited for, or so many seconds passed. */
  async function run(
    folder: string,
    clock: string,
    until: (lines: readonly Line[]) => boolean,
    seconds: number,
    prefix = PREFIX,
  ) {
    const told = {
      brokers: BROKERS[0],
      registry: registry.url,
      log,
      prefix,
      clock,
      prices: join(path, 'prices.json'),
    }
    const args = Object.entries({ ...told, folder: join(path, folder), lot: String(LOT) }).flatMap(
      ([k, v]) => [`--${k}`, v],
    )
    const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', EXAMPLE, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = once(child, 'close')
    const timer = setTimeout(() => child.kill('SIGTERM'), seconds * 1000)
    const lines: Line[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(JSON.parse(line))
      if (until(lines)) child.kill('SIGTERM')
    }
    clearTimeout(timer)
    await closed
    return lines
  }

  test('orders follow predictions within the limit, once, over a restart', async () => {
    const last = predictions.at(-1)?.envelope.position ?? 0
    const lines = await run('one', '2001-01-01', (all) => all.some(({ order }) => order?.from === last), 60)
    const orders = lines.flatMap(({ order }) => order ?? [])
    expect(lines.filter(({ refused }) => refused)).toEqual([])
    const cut = capitals.find(({ why }) => why === 'reduced')?.envelope.position ?? 0
    const held = (upTo: number) => {
      const shares = new Map(NAMES.map((name) => [name, 0]))
      for (const { from, instrument, side, quantity } of orders)
        if (from <= upTo)
          shares.set(instrument, (shares.get(instrument) ?? 0) + (side === 'buy' ? quantity : -quantity))
      return shares
    }
    // The cut is known from the start here, since capital is read from its beginning: what is held never exceeds it after.
    for (const { envelope, rows, capital } of predictions.filter((one) => one.envelope.position > cut)) {
      const shares = held(envelope.position)
      const limit = Math.min(capital, capitals.at(-1)?.fraction ?? 0)
      for (const { instrument, weight } of rows)
        expect(Math.abs(shares.get(instrument) ?? 0)).toBeLessThanOrEqual(
          Math.abs(weight) * limit * 100_000 + 1e-6,
        )
    }
    expect(orders.length).toBeGreaterThan(20)
    const again = await run('one', '2001-01-01', () => false, 4)
    expect(again.filter(({ order }) => order)).toEqual([])
  }, 180_000)
  test('a cut that comes while it runs halves what it holds, at once', async () => {
    const cut = capitals.find(({ why }) => why === 'reduced')?.envelope.position ?? 0
    const prefix = `${PREFIX}-cut`
    await story?.publish(prefix, cut - 1)
    const latest = predictions.findLast(({ envelope }) => envelope.position < cut)
    let isCut = false
    const until = (all: readonly Line[]): boolean => {
      if (!isCut && all.some(({ order }) => order?.from === latest?.envelope.position)) {
        isCut = true
        void story?.publish(prefix, cut)
      }
      return all.some(({ order }) => order?.from === cut)
    }
    const lines = await run('cut', '2001-01-01', until, 90, prefix)
    const held = new Map<string, number[]>()
    for (const { from, instrument, side, quantity } of lines.flatMap(({ order }) => order ?? [])) {
      const [before = 0, after = before] = held.get(instrument) ?? []
      const signed = side === 'buy' ? quantity : -quantity
      held.set(instrument, from < cut ? [before + signed] : [before, after + signed])
    }
    expect(latest?.capital).toBe(1)
    const lots = (weight: number) => Math.trunc((weight * EQUITY) / PRICE / LOT) * LOT
    const wanted = (latest?.rows ?? []).filter(({ weight }) => lots(weight) !== 0)
    expect(wanted.length).toBeGreaterThan(3)
    for (const { instrument, weight } of wanted)
      expect([instrument, ...(held.get(instrument) ?? [])]).toEqual([
        instrument,
        lots(weight),
        lots(weight / 2),
      ])
  }, 240_000)
})
