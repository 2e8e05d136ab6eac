/** The registry: the policy in force, what the gate said, who signed, and which model is live, on evidence alone. */
import type { ChunkRef, Position } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import { PolicySet, Signed } from '../../schemas/events/approval.ts'
import {
  RunFinished,
  RunStarted,
  TrainingSetFrozen,
  TrainingSetRequested,
} from '../../schemas/events/experiment.ts'
import { SetDefined } from '../../schemas/events/feature.ts'
import {
  GateReported,
  HoldoutOpened,
  Promoted,
  Retired,
  RolledBack,
  ValidationRequested,
} from '../../schemas/events/model.ts'
import { AmendmentOpened, InputsLogged, RunOpened } from '../../schemas/events/tracking.ts'
import { RunTrained } from '../../schemas/events/trainer.ts'
import { holdoutObjection, type Opening } from '../../schemas/holdout.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type Governance, governanceAfter } from '../../schemas/policy.ts'
import { type Evidence, members, objection, tradesAlready } from '../../schemas/promotion.ts'
import { causeOf, reactionId } from '../../schemas/reaction.ts'
import { retirementObjection } from '../../schemas/retirement.ts'
import { type InForce, rollbackObjection } from '../../schemas/rollback.ts'
import { dated } from '../acts.ts'
import { noteAttested, noteAttestedInputs } from '../experiment/attested.ts'
import {
  emptyLedger,
  LEDGER_PARTS,
  type Ledger,
  noteArtifact,
  noteFeatures,
  noteFrozen,
  noteStart,
  noteTrained,
  noteTrainingSet,
  trialsCounted,
} from '../experiment/ledger.ts'
import { defineProjection, on } from '../projection.ts'

type Report = DataOf<typeof GateReported> & { position: Position; chunks: readonly ChunkRef[] }

export type ModelView = {
  /** The artifacts that the gate was asked about and has not answered yet, by the command id of its answer. */
  asked: Record<string, string>
  /** The latest report on each artifact. */
  reports: Record<string, Report>
  signatures: DataOf<typeof Signed>[]
  live: InForce | null
  /** What was in force before, the latest last: each may be rolled back to, once. */
  formers: InForce[]
  /** A roll-back that the next event of the log completes. */
  returning: InForce | null
  /** Whether what is in force came back by a roll-back. */
  isBack: boolean
  /** Each time that what was in force was retired, the latest last. */
  retirements: RetirementView[]
  /** Reports that nobody asked for and promotions that their evidence does not bear out; they put nothing in force. */
  unsound: { position: Position; artifact: string; reason: string }[]
}

export type RetirementView = {
  position: Position
  artifact: string
  run: string
  member: string
  reason: string
}

export type RegistryState = Governance & {
  /** The latest moment of an act: none that is dated back makes what has expired count again. */
  at: Micros
  models: Record<string, ModelView>
  /** What a promotion counts trials by. */
  ledger: Ledger
  /** Each time that a holdout was opened, once for a file. */
  openings: (Opening & { position: Position })[]
}

export const registry = defineProjection<RegistryState>({
  name: 'registry',
  version: 12,
  parts: [
    'models.*',
    'models.*.reports.*',
    'models.*.signatures.*',
    'models.*.unsound.*',
    'models.*.formers.*',
    'models.*.retirements.*',
    'openings.*',
    ...LEDGER_PARTS,
  ],
  initial: () => ({ policy: null, log: null, at: 0, models: {}, ledger: emptyLedger(), openings: [] }),
  handlers: dated([
    on(SetDefined, ({ ledger }, { data }) => noteFeatures(ledger, data)),
    on(TrainingSetRequested, ({ ledger }, { data }) => noteTrainingSet(ledger, data)),
    on(RunStarted, ({ ledger }, { data, position }) => {
      noteStart(ledger, data, position)
    }),
    on(RunTrained, ({ ledger }, { data, position }) => noteTrained(ledger, data, position)),
    on(RunFinished, ({ ledger }, { data, commandId }) =>
      noteArtifact(ledger, data.run, { cause: causeOf(commandId), artifact: data.artifact }),
    ),
    on(TrainingSetFrozen, ({ ledger }, { data }) => noteFrozen(ledger, data)),
    on(RunOpened, ({ ledger }, { data, position }) => {
      const { run, family, author } = data
      noteAttested(ledger, { run, family, author, started: position })
    }),
    on(AmendmentOpened, ({ ledger }, { data, position }) => {
      const before = ledger.entries[data.run]
      if (before === undefined) return
      const { run, author } = data
      noteAttested(ledger, { run, author, family: before.family, started: position })
    }),
    on(InputsLogged, ({ ledger }, { data }) => noteAttestedInputs(ledger, data)),
    on(PolicySet, (state, event) => {
      Object.assign(state, governanceAfter(state, event))
    }),
    on(ValidationRequested, (state, { data, position }) => {
      modelOf(state, data.model).asked[reactionId('gate', position, 0)] = data.artifact
    }),
    on(GateReported, (state, { data, position, chunks, commandId }) => {
      const view = modelOf(state, data.model)
      const { artifact } = data
      // A request has one answer, under the one command id that the gate uses. The pipeline sees to what stands there.
      if (view.asked[commandId] !== artifact) {
        view.unsound.push({ position, artifact, reason: 'It is a report that nobody asked for.' })
        return
      }
      delete view.asked[commandId]
      view.reports[artifact] = { ...data, position, chunks }
    }),
    on(Signed, (state, { data }) => {
      modelOf(state, data.model).signatures.push(data)
    }),
    on(HoldoutOpened, (state, { data, position }) => {
      const { model, artifact, from } = data
      const problem = holdoutObjection(data, evidenceFor(state, model, artifact))
      if (problem !== null)
        modelOf(state, model).unsound.push({ position, artifact, reason: problem.message })
      else if (openingFor(state, artifact, from) === null) state.openings.push({ ...data, position })
    }),
    on(RolledBack, (state, { data, position }) => {
      const { model, artifact } = data
      const view = modelOf(state, model)
      const former = formerOf(view)
      const problem = rollbackObjection(
        data,
        { live: view.live, former },
        evidenceFor(state, model, artifact),
      )
      if (problem !== null) view.unsound.push({ position, artifact, reason: problem.message })
      else if (former !== null) view.returning = { ...former, position: position + 1 }
    }),
    on(Retired, (state, { data, position }) => {
      const { model, artifact, member, reason } = data
      const view = modelOf(state, model)
      const { live } = view
      const problem = retirementObjection(data, live, state)
      if (problem !== null) view.unsound.push({ position, artifact, reason: problem.message })
      if (problem !== null || live === null) return
      view.retirements.push({ position, artifact, run: live.run, member, reason })
      view.live = null
      view.formers = []
      view.isBack = false
    }),
    on(Promoted, (state, { data, position }) => {
      const view = modelOf(state, data.model)
      const { artifact, run, report, service } = data
      const { returning } = view
      view.returning = null
      if (isReturn(returning, { artifact, run, report, position, service })) {
        view.live = returning
        view.isBack = true
        view.formers.pop()
        return
      }
      const evidence = evidenceFor(state, data.model, artifact)
      const problem = objection(data, evidence) ?? tradesAlready(data, view.live)
      if (problem !== null) {
        view.unsound.push({ position, artifact, reason: problem.message })
        return
      }
      // What never traded is nothing that a model which trades can go back to.
      if (view.live?.service !== service) view.formers = []
      else view.formers.push(view.live)
      view.live = { artifact, run, position, report, approvals: members(evidence, 'approve'), service }
      view.isBack = false
    }),
  ]),
})

/** Whether a promotion is what a roll-back comes to: the former model, on the report that it was approved on. */
const isReturn = (returning: InForce | null, promoted: Omit<InForce, 'approvals'>): returning is InForce =>
  returning !== null &&
  returning.position === promoted.position &&
  returning.artifact === promoted.artifact &&
  returning.run === promoted.run &&
  returning.report === promoted.report &&
  returning.service === promoted.service

function modelOf(state: RegistryState, model: string): ModelView {
  state.models[model] ??= {
    asked: {},
    reports: {},
    signatures: [],
    live: null,
    formers: [],
    returning: null,
    isBack: false,
    retirements: [],
    unsound: [],
  }
  return state.models[model]
}

/** What a model may be rolled back to; null where nothing was in force before. */
export const formerOf = ({ formers }: Pick<ModelView, 'formers'>) => formers.at(-1) ?? null

/** By what nothing is in force as a model; null where something is, or never was. */
export const retiredBy = ({ live, retirements }: Pick<ModelView, 'live' | 'retirements'>) =>
  live === null ? (retirements.at(-1) ?? null) : null

/** The latest report on a file. One that was made before the file was retired puts it in force no more: it is judged anew, and approved. */
function reportFor(view: ModelView | undefined, artifact: string): Report | null {
  const report = view?.reports[artifact]
  const retired = view?.retirements.findLast((one) => one.artifact === artifact)
  return report === undefined || report.position < (retired?.position ?? 0) ? null : report
}

/** When the holdout from a moment on was opened for a file; null where it was not. */
export const openingFor = ({ openings }: RegistryState, artifact: string, from: Micros) =>
  openings.find((one) => one.artifact === artifact && one.from === from) ?? null

/** What a promotion of this artifact would rest on. */
export function evidenceFor(state: RegistryState, model: string, artifact: string): Evidence {
  const view = state.models[model]
  const report = reportFor(view, artifact)
  return {
    policy: state.policy,
    log: state.log,
    at: state.at,
    report,
    signatures: (view?.signatures ?? []).filter((signed) => signed.artifact === artifact),
    trials: report === null ? 0 : trialsCounted(state.ledger, report.run),
    otherNames: Object.keys(state.models)
      .filter((name) => name !== model && state.models[name].live?.artifact === artifact)
      .sort(),
  }
}
