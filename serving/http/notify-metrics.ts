/** Who is told of something outside Asof, in `/metrics`: up to where, and whether it arrives. */
import { Gauge, type Registry } from 'prom-client'
import type { Forwarder, ForwarderStatus } from '../notify/forwarder.ts'
import type { OpenNotify } from '../notify/open.ts'

export const meterNotify = ({ status }: Pick<OpenNotify, 'status'>, registry: Registry): void =>
  meterTold(status, registry, { prefix: 'asof_alarms', what: 'alarms' })

export const meterLineage = ({ status }: Pick<Forwarder, 'status'>, registry: Registry): void =>
  meterTold(() => [status()], registry, { prefix: 'asof_openlineage', what: 'what ran' })

function meterTold(
  all: () => readonly ForwarderStatus[],
  registry: Registry,
  { prefix, what }: Readonly<{ prefix: string; what: string }>,
): void {
  const gauge = (name: string, help: string, value: (of: ForwarderStatus) => number) =>
    new Gauge({
      ...{ name: `${prefix}_${name}`, help, labelNames: ['to'], registers: [registry] },
      collect() {
        for (const one of all()) this.set({ to: one.name }, value(one))
      },
    })
  gauge('told_position', `Up to which position somebody was told of ${what}.`, ({ position }) => position)
  gauge(
    'untold_attempts',
    `Attempts to tell somebody of ${what} that failed since the last one that arrived.`,
    ({ failures }) => failures,
  )
}
