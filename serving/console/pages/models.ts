/** The models: what is in force, on whose approval, and how far the candidates are. */
import { capital } from '../../../projections/capital/capital.ts'
import { evidenceFor, registry, retiredBy } from '../../../projections/model/registry.ts'
import { members } from '../../../schemas/promotion.ts'
import type { Past } from '../past.ts'

export async function modelsPage({ view }: Past) {
  const [{ models, policy }, capitals] = await Promise.all([view(registry), view(capital)])
  return {
    policy: policy && { version: policy.version, required: policy.quorum.required, note: policy.note },
    models: Object.entries(models).map(([model, { live, reports, asked, signatures, retirements }]) => {
      const verdicts = Object.values(reports).map(({ verdict }) => verdict)
      const passed = verdicts.filter((verdict) => verdict === 'passed').length
      return {
        ...{
          model,
          live,
          retired: retiredBy({ live, retirements }),
          passed,
          refused: verdicts.length - passed,
        },
        asked: Object.keys(asked).length,
        signatures: signatures.length,
        capital: capitals.models[model]?.fraction ?? null,
      }
    }),
  }
}

/** One model: every report of the gate, newest first, what was signed of it, and what it would rest on. Null for a model that was not there. */
export async function modelPage({ view }: Past, { name }: Readonly<{ name: string }>) {
  const [state, capitals] = await Promise.all([view(registry), view(capital)])
  if (!Object.hasOwn(state.models, name)) return null
  const { live, reports, signatures, asked, unsound, retirements } = state.models[name]
  return {
    model: name,
    live,
    retirements,
    asked: Object.values(asked),
    unsound,
    capital: capitals.models[name]?.fraction ?? null,
    policy: state.policy && {
      version: state.policy.version,
      required: state.policy.quorum.required,
      members: state.policy.quorum.members,
    },
    reports: Object.values(reports)
      .toSorted((a, b) => b.position - a.position)
      .map((report) => {
        const evidence = evidenceFor(state, name, report.artifact)
        return {
          ...report,
          isLive: live?.artifact === report.artifact,
          approvedBy: members(evidence, 'approve'),
          refusedBy: members(evidence, 'refuse'),
          trialsNow: evidence.trials,
        }
      }),
    signatures: signatures.map(({ signature: _, ...said }) => said),
  }
}
