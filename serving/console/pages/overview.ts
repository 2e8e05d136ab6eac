/** The first page: what is in force and on how much capital, what wants somebody, what has come in, and how far the lanes are. */
import { alarms } from '../../../projections/alarm/alarms.ts'
import { capital } from '../../../projections/capital/capital.ts'
import { datasets } from '../../../projections/data/datasets.ts'
import { drift } from '../../../projections/drift/drift.ts'
import { experiments, trialIn } from '../../../projections/experiment/experiments.ts'
import { registry } from '../../../projections/model/registry.ts'
import { predictions } from '../../../projections/prediction/predictions.ts'
import { quarantine } from '../../../projections/processor/quarantine.ts'
import { calling } from '../../notify/news.ts'
import { attentionOf } from '../attention.ts'
import { type Past, timeOf } from '../past.ts'

export async function overviewPage(past: Past) {
  const { at, source, view } = past
  const [sets, trials, models, made, drifts, capitals, set, raised] = await Promise.all([
    view(datasets),
    view(experiments),
    view(registry),
    view(predictions),
    view(drift),
    view(capital),
    view(quarantine),
    view(alarms),
  ])
  const now = await timeOf(past)
  const isNow = at.position === at.head
  const confirmed = await source.confirmed()
  const names = Object.values(trials.families).flat()
  const having = (wanted: string) => names.filter((name) => trialIn(trials, name).status === wanted).length
  return {
    confirmed: Math.min(confirmed, at.position),
    models: Object.entries(models.models).map(([model, { live, reports }]) => {
      const standing = capitals.models[model]
      const latest = made.models[model]?.latest ?? null
      const days = made.models[model]?.days ?? []
      const { sharpe = null, features = [] } = drifts.models[model] ?? {}
      return {
        model,
        live,
        reports: Object.keys(reports).length,
        capital: standing?.fraction ?? null,
        pendingReview: standing?.pendingReview ?? null,
        since: standing?.history.at(-1) ?? null,
        latest: latest && {
          position: latest.position,
          knownAt: latest.knownAt,
          session: latest.prediction.session,
        },
        lastDay: days.at(-1) ?? null,
        z: sharpe?.z ?? null,
        drifted: features.filter((one) => one.drifted).length,
        features: features.length,
      }
    }),
    attention: attentionOf({ models, capitals, drifts, quarantine: set, alarms: calling(raised, now) }),
    datasets: Object.entries(sets.datasets).map(([dataset, { arrivals, rows, rowsQuarantined }]) => ({
      dataset,
      arrivals: arrivals.length,
      rows,
      rowsQuarantined,
      latest: arrivals.at(-1) ?? null,
    })),
    trials: {
      families: Object.keys(trials.families).length,
      started: names.length,
      finished: having('finished'),
      failed: having('failed'),
      running: having('running'),
    },
    policy: models.policy === null ? null : { version: models.policy.version },
    /** Null at a past moment: the log does not say how far a lane was. */
    lanes: isNow ? source.lanes.status() : null,
  }
}
