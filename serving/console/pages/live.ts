/** What a model in force does: its predictions, its days, what they were restated to, and its capital with the reason of every change. */
import { capital } from '../../../projections/capital/capital.ts'
import { haltContext } from '../../../projections/capital/standing.ts'
import { drift } from '../../../projections/drift/drift.ts'
import { predictions } from '../../../projections/prediction/predictions.ts'
import { unhaltedBy } from '../../../schemas/halt.ts'
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
  const [state, drifts] = await Promise.all([view(capital), view(drift)])
  const { models, policy, halts } = state
  return {
    policy: policy && {
      ...{ sharpe: policy.sharpe, losses: policy.losses, ladder: policy.ladder, version: policy.version },
    },
    models: Object.entries(models).map(([model, standing]) => {
      const { fraction, granted, haltedBy, pendingReview, cutBy, author, history, sessions } = standing
      const { sharpe = null, breachDays = 0, breaches = [], lossBreaches = [] } = drifts.models[model] ?? {}
      return {
        ...{ model, fraction, granted, pendingReview, cutBy, author, sessions },
        /** Those that hold for it: of itself, or of a model with its file or of its kin. */
        halts: haltedBy.flatMap((of) => {
          if (!Object.hasOwn(halts, of)) return []
          const { position, at, member, reason } = halts[of]
          return [{ of, position, at, member, reason, signed: unhaltedBy(haltContext(state, of)) }]
        }),
        history: history.toReversed(),
        ...{ sharpe, breachDays, breaches: breaches.length, lossBreaches: lossBreaches.toReversed() },
        members: (policy?.quorum.members ?? []).map(({ member }) => member),
      }
    }),
  }
}
