/** What wants somebody: each with its place in the log, and the page that shows it. */
import type { Alarm } from '../../projections/alarm/alarms.ts'
import type { capital } from '../../projections/capital/capital.ts'
import type { drift } from '../../projections/drift/drift.ts'
import type { RegistryState } from '../../projections/model/registry.ts'
import { evidenceFor } from '../../projections/model/registry.ts'
import type { quarantine } from '../../projections/processor/quarantine.ts'
import type { Position } from '../../schemas/envelope.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { members } from '../../schemas/promotion.ts'

type StateOf<P> = P extends { initial: () => infer S } ? S : never

type Seen = Readonly<{
  models: RegistryState
  capitals: StateOf<typeof capital>
  drifts: StateOf<typeof drift>
  quarantine: StateOf<typeof quarantine>
  /** Open ones that nobody snoozed, the gravest first. */
  alarms: readonly Alarm[]
}>

export type Matter = Readonly<{
  kind: 'alarm' | 'halt' | 'capital' | 'drift' | 'approval' | 'unsound' | 'quarantine'
  /** The model, the processor, or what an alarm is of. */
  name: string
  what: string
  position: Position | null
  since: Micros | null
}>

/** In the order in which they cost money. */
export function attentionOf({ models, capitals, drifts, quarantine: set, alarms }: Seen): readonly Matter[] {
  return [
    ...alarmsIn(alarms),
    ...Object.entries(capitals.halts).map(([name, { position, at, member, reason }]): Matter => {
      const what = `halted by ${member}: ${reason}`
      return { kind: 'halt', name, what, position, since: at }
    }),
    ...Object.entries(capitals.models).flatMap(([name, { pendingReview, history, granted }]): Matter[] => {
      const { at = null } = history.at(-1) ?? {}
      const what = `cut to ${percent(granted)} of its capital, and waits for a review`
      return pendingReview === null
        ? []
        : [{ kind: 'capital', name, what, position: pendingReview, since: at }]
    }),
    ...Object.entries(drifts.models).flatMap(([name, { driftedSince, sharpe }]): Matter[] => [
      ...(sharpe?.alarm === true
        ? [
            {
              kind: 'drift',
              name,
              what: 'the always-valid test is at alarm',
              position: null,
              since: null,
            } as const,
          ]
        : []),
      ...Object.entries(driftedSince).map(
        ([feature, since]): Matter => ({
          kind: 'drift',
          name,
          what: `feature ${feature} has drifted`,
          position: null,
          since,
        }),
      ),
    ]),
    ...Object.entries(models.models).flatMap(([name, view]): Matter[] => [
      ...Object.values(view.reports)
        .filter((report) => report.verdict === 'passed' && report.artifact !== view.live?.artifact)
        .filter((report) => report.position > (view.live?.position ?? 0))
        .map((report): Matter => {
          const signed = members(evidenceFor(models, name, report.artifact), 'approve').length
          const needed = models.policy?.quorum.required ?? 0
          const what = `${report.run} passed the gate, and has ${signed} of ${needed} approvals`
          return { kind: 'approval', name, what, position: report.position, since: null }
        }),
      ...view.unsound.map(
        ({ position, reason }): Matter => ({ kind: 'unsound', name, what: reason, position, since: null }),
      ),
    ]),
    ...set.items
      .filter(({ status }) => status === 'waiting')
      .map(
        ({ processor, cause, position, reason }): Matter => ({
          kind: 'quarantine',
          name: processor,
          what: `failed at event ${cause}: ${reason}`,
          position,
          since: null,
        }),
      ),
  ]
}

/** All of them as one: there may be thousands. */
function alarmsIn([first, ...others]: readonly Alarm[]): readonly Matter[] {
  if (first === undefined) return []
  const { thing: name, check, severity, position, raisedAt: since } = first
  const more = others.length === 0 ? '' : `, and ${others.length} alarms more`
  return [{ kind: 'alarm', name, what: `${severity}: ${check} is not usual${more}`, position, since }]
}

const percent = (fraction: number): string => `${Math.round(fraction * 1_000) / 10} %`
