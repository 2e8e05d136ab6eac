/** Who is told of alarms, in `/metrics`: up to where, and whether it arrives. */
import { Gauge, type Registry } from 'prom-client'
import type { OpenNotify } from '../notify/open.ts'

export function meterNotify({ status }: Pick<OpenNotify, 'status'>, registry: Registry): void {
  const gauge = (name: string, help: string, value: (of: ReturnType<typeof status>[number]) => number) =>
    new Gauge({
      ...{ name, help, labelNames: ['to'], registers: [registry] },
      collect() {
        for (const one of status()) this.set({ to: one.name }, value(one))
      },
    })
  gauge(
    'asof_alarms_told_position',
    'Up to which position somebody was told of alarms.',
    ({ position }) => position,
  )
  gauge(
    'asof_alarms_untold_attempts',
    'Attempts to tell somebody of alarms that failed since the last one that arrived.',
    ({ failures }) => failures,
  )
}
