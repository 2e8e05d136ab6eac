/** The witnesses in `/metrics`: how much of the log each has cosigned, and whether one saw another history. */
import { Gauge, type Registry } from 'prom-client'
import type { Submitting } from '../witness/submitting.ts'

export function meterWitnesses({ status }: Pick<Submitting, 'status'>, registry: Registry): void {
  const nameOf = (key: string): string => key.slice(0, key.indexOf('+'))
  const gauge = (name: string, help: string, value: (of: ReturnType<typeof status>[number]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['witness'],
      registers: [registry],
      collect() {
        for (const one of status()) this.set({ witness: nameOf(one.key) }, value(one))
      },
    })
  gauge('asof_witnessed_position', 'Up to which position a witness has cosigned the log.', ({ size }) => size)
  gauge('asof_witness_contradicts', '1 where a witness saw another history of this log.', ({ last }) =>
    last?.kind === 'contradicts' ? 1 : 0,
  )
}
