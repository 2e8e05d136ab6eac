/** What a model in force does: its predictions, its days, what they were restated to, and its capital with the reason of every change. */
import { capital } from '../../../projections/capital/capital.ts'
import { drift } from '../../../projections/drift/drift.ts'
import { predictions } from '../../../projections/prediction/predictions.ts'
import type { Past } from '../past.ts'

export async function predictionsPage({ view }: Past) {
  const { models } = await view(predictions)
  return {
    models: Object.entries(models).map(([model, { made, latest, days, restated }]) => ({
      ...{ model, made, days: days.length, restated: restated.length, lastDay: days.at(-1) ?? null },
      latest: latest && {
        position: latest.position,
        knownAt: latest.knownAt,
        session: latest.prediction.session,
      },
    })),
  }
}

/** Null for a model that never predicted. */
export async function predictionPage({ view }: Past, { name }: Readonly<{ name: string }>) {
  const { models } = await view(predictions)
  if (!Object.hasOwn(models, name)) return null
  const { made, latest, days, restated } = models[name]
  return {
    ...{ model: name, made, latest, restated: restated.toReversed() },
    // In columns: a model lives for thousands of days.
    days: {
      day: days.map(({ day }) => day),
      net: days.map(({ net }) => net),
      capital: days.map(({ capital }) => capital),
    },
  }
}

export async function capitalPage({ view }: Past) {
  const [{ models, policy }, drifts] = await Promise.all([view(capital), view(drift)])
  return {
    policy: policy && { sharpe: policy.sharpe, losses: policy.losses, version: policy.version },
    models: Object.entries(models).map(([model, { fraction, pendingReview, cutBy, author, history }]) => {
      const { sharpe = null, breachDays = 0, breaches = [], lossBreaches = [] } = drifts.models[model] ?? {}
      return {
        ...{ model, fraction, pendingReview, cutBy, author, history: history.toReversed() },
        ...{ sharpe, breachDays, breaches: breaches.length, lossBreaches: lossBreaches.toReversed() },
        members: (policy?.quorum.members ?? []).map(({ member }) => member),
      }
    }),
  }
}
