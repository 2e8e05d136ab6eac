/** Facts that wait for their session are the same after they were saved, what was announced early with them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryBytes, memoryFrom } from '../../schemas/kernel/memory.ts'
import { FactQueue, type PriceFact } from '../../streams/portfolio/fact-queue.ts'

const number = fc.oneof(fc.double({ noNaN: true }), fc.constant(Number.NaN))
/** Of sessions before and after the moment at which they become known. */
const fact: fc.Arbitrary<PriceFact> = fc.record({
  place: fc.nat(3),
  session: fc.nat(12),
  eventTime: fc.nat(12),
  knownAt: fc.nat(12),
  price: number,
  dividend: number,
  split: number,
  volume: number,
})

test('restored at each step, a queue gives what one does that never was', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fact, { maxLength: 5 }), { maxLength: 12 }), (arrivals) => {
      const whole = new FactQueue()
      let hopping = new FactQueue()
      for (const [session, facts] of arrivals.entries()) {
        for (const one of facts) for (const queue of [whole, hopping]) queue.add(one)
        if (session % 3 === 2) expect(hopping.take(session, session)).toEqual(whole.take(session, session))
        const saved = memoryBytes(hopping.save())
        expect(saved).toEqual(memoryBytes(whole.save()))
        hopping = new FactQueue()
        hopping.restore(memoryFrom(saved))
      }
      expect(hopping.take(99, 99)).toEqual(whole.take(99, 99))
    }),
    { numRuns: 100 },
  )
})
