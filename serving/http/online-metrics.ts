/** The online store in `/metrics`: how far each set is published, and where answers came from. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { OpenOnline } from '../online/open.ts'

export function meterOnline(
  { answers, published }: Pick<OpenOnline, 'answers' | 'published'>,
  registry: Registry,
): void {
  new Gauge({
    name: 'asof_online_position',
    help: 'Up to which log position a feature set is published to Redis.',
    labelNames: ['set'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [set, position] of published) this.set({ set }, position)
    },
  })
  new Counter({
    name: 'asof_online_answers_total',
    help: 'Answers by entity, by where their features came from: redis, or why from the process.',
    labelNames: ['from'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [from, count] of answers) this.inc({ from }, count)
    },
  })
}
