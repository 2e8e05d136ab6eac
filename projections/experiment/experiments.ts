/** Training sets, runs and the ledger of trials: a run that was started counts for ever in its family. */
import type { ChunkRef, Position } from '../../schemas/envelope.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import {
  FamilyRetired,
  isBuiltIn,
  RunFailed,
  RunFinished,
  type RunSpec,
  RunStarted,
  TrainingSetFrozen,
  TrainingSetRequested,
  type TrainingSetSpec,
} from '../../schemas/events/experiment.ts'
import { type FeatureSetSpec, SetDefined } from '../../schemas/events/feature.ts'
import { AmendmentOpened, InputsLogged, RunOpened, RunSealed } from '../../schemas/events/tracking.ts'
import {
  RunTrained,
  SplitsTrained,
  TrainerAdmitted,
  TrainerRetired,
  type TrainerSpec,
} from '../../schemas/events/trainer.ts'
import { type Governance, governanceAfter, heldOutOf } from '../../schemas/policy.ts'
import { causeOf } from '../../schemas/reaction.ts'
import { defineProjection, on } from '../projection.ts'
import { noteAttested, noteAttestedInputs } from './attested.ts'
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
} from './ledger.ts'

export type RunView = {
  spec: RunSpec
  started: Position
  status: 'running' | 'finished' | 'failed'
  artifact: string | null
  metrics: Record<string, number>
  chunks: readonly ChunkRef[]
  failure: string | null
  /** What of the reproducibility mandate is not there, by name. */
  missing: string[]
  /** Whether it was started on sessions that the policy held out, which no command lets happen. */
  readsHoldout: boolean
  /** Of a trainer that is not built in: where it was said what it made, and what is missing for how it was made. */
  trained: Position | null
  notHeld: string[]
  folds: string[]
  splits: SplitsView[]
}

/** The models of every fold of a combinatorial split, made again for the gate. */
export type SplitsView = {
  groups: number
  testGroups: number
  embargoDays: number
  models: string[]
  failure: string | null
}

export type TrainerView = {
  spec: TrainerSpec
  admitted: Position
  code: ChunkRef
  /** Why no trial is started with it any more; null where trials are. */
  retired: RetiredView | null
}

/** Who says that it is over, why, and where. */
export type RetiredView = { position: Position; author: string; reason: string }

/** A run that somebody attests through a tracking client. Each amendment is one more, with the position of its start behind its name. */
export type AttestedView = {
  family: string
  author: string
  started: Position
  status: 'running' | 'finished' | 'failed'
}

export type TrainingSetView = {
  spec: TrainingSetSpec
  requested: Position
  frozen: {
    readAt: Position
    rows: number
    contentHash: string
    features: string[]
    chunks: readonly ChunkRef[]
  } | null
}

/** The policy in force says which sessions no trial may read. */
export type ExperimentsState = Governance & {
  trainingSets: Record<string, TrainingSetView>
  runs: Record<string, RunView>
  trainers: Record<string, TrainerView>
  attested: Record<string, AttestedView>
  /** The latest amendment of an attested run, where it has one. */
  latest: Record<string, string>
  /** Runs by family, in the order in which they were started. */
  families: Record<string, string[]>
  /** Families in which no trial is started any more. */
  retired: Record<string, RetiredView>
  /** The formulas of each feature set, by `name@version`. */
  formulas: Record<string, FeatureSetSpec['features']>
  ledger: Ledger
}

export const experiments = defineProjection<ExperimentsState>({
  name: 'experiments',
  version: 8,
  parts: [
    'trainingSets.*',
    'runs.*',
    'trainers.*',
    'attested.*',
    'latest.*',
    'families.*.*',
    'retired.*',
    'formulas.*',
    ...LEDGER_PARTS,
  ],
  initial: () => ({
    trainingSets: {},
    runs: {},
    trainers: {},
    attested: {},
    latest: {},
    families: {},
    retired: {},
    formulas: {},
    ledger: emptyLedger(),
    policy: null,
    log: null,
  }),
  handlers: [
    on(PolicySet, (state, event) => {
      Object.assign(state, governanceAfter(state, event))
    }),
    on(SetDefined, (state, { data }) => {
      state.formulas[`${data.set}@${data.version}`] ??= data.features
      noteFeatures(state.ledger, data)
    }),
    on(TrainingSetRequested, (state, { data, position }) => {
      state.trainingSets[data.trainingSet] ??= { spec: data, requested: position, frozen: null }
      noteTrainingSet(state.ledger, data)
    }),
    on(TrainingSetFrozen, (state, { data, commandId, chunks }) => {
      const view = state.trainingSets[data.trainingSet]
      if (view?.requested !== causeOf(commandId) || chunks.length === 0) return
      const { readAt, rows, contentHash, features } = data
      view.frozen = { readAt, rows, contentHash, features, chunks }
      noteFrozen(state.ledger, data)
    }),
    on(RunStarted, (state, { data, position }) => {
      // The first start of a name has it. Another one, which no command makes, is a trial of its own all the same.
      const run = noteStart(state.ledger, data, position)
      state.runs[run] = {
        spec: data,
        started: position,
        status: 'running',
        artifact: null,
        metrics: {},
        chunks: [],
        failure: null,
        missing: missingOf(state, data, NOTHING_YET),
        ...{ trained: null, notHeld: [], folds: [], splits: [] },
        readsHoldout: heldOutOf(state.policy, state.trainingSets[data.trainingSet]?.spec ?? NO_SET) !== null,
      }
      state.families[data.family] ??= []
      state.families[data.family].push(run)
    }),
    on(TrainerAdmitted, ({ trainers }, { data, position, chunks }) => {
      const [code] = chunks
      if (code?.hash === data.code)
        trainers[data.trainer] ??= { spec: data, admitted: position, code, retired: null }
    }),
    on(TrainerRetired, ({ trainers }, { data: { trainer, author, reason }, position }) => {
      const view = Object.hasOwn(trainers, trainer) ? trainers[trainer] : undefined
      if (view !== undefined) view.retired ??= { position, author, reason }
    }),
    on(FamilyRetired, ({ retired }, { data: { family, author, reason }, position }) => {
      if (!Object.hasOwn(retired, family)) retired[family] = { position, author, reason }
    }),
    on(RunTrained, (state, { data, position }) => {
      const run = startedBy(state, data.run, data.started)
      if (run === undefined || run.trained !== null) return
      run.trained = position
      run.notHeld = data.notHeld
      run.folds = data.folds
      noteTrained(state.ledger, data, position)
    }),
    on(SplitsTrained, (state, { data }) => {
      const run = startedBy(state, data.run, data.started)
      if (run === undefined) return
      const { groups, testGroups, embargoDays, models, failure } = data
      const others = run.splits.filter((one) => !isSame(one, data))
      run.splits = [...others, { groups, testGroups, embargoDays, models, failure }]
    }),
    on(RunFinished, (state, { data, chunks, commandId }) => {
      const run = startedBy(state, data.run, causeOf(commandId))
      if (run === undefined || run.status !== 'running') return
      run.status = 'finished'
      run.artifact = data.artifact
      run.metrics = Object.fromEntries(data.metrics.map(({ name, value }) => [name, value]))
      run.chunks = chunks
      run.missing = missingOf(state, run.spec, run)
      if (run.readsHoldout) run.missing.push('a training set that leaves the holdout alone')
      noteArtifact(state.ledger, data.run, { cause: causeOf(commandId), artifact: data.artifact })
    }),
    on(RunFailed, (state, { data, commandId }) => {
      const run = startedBy(state, data.run, causeOf(commandId))
      if (run === undefined || run.status !== 'running') return
      run.status = 'failed'
      run.failure = data.reason
    }),
    on(RunOpened, (state, { data: { run, family, author }, position }) => {
      attest(state, { run, family, author, started: position })
    }),
    on(AmendmentOpened, (state, { data: { run, author }, position }) => {
      const before = state.attested[run]
      if (before !== undefined) attest(state, { run, family: before.family, author, started: position })
    }),
    on(InputsLogged, ({ ledger }, { data }) => noteAttestedInputs(ledger, data)),
    on(RunSealed, ({ attested, latest }, { data: { run, status } }) => {
      const view = attested[latest[run] ?? run]
      if (view !== undefined) view.status = status === 'FINISHED' ? 'finished' : 'failed'
    }),
  ],
})

function attest(
  state: ExperimentsState,
  { run, ...attested }: Omit<AttestedView, 'status'> & { run: string },
) {
  const name = noteAttested(state.ledger, { run, ...attested })
  state.attested[name] = { ...attested, status: 'running' }
  if (name !== run) state.latest[run] = name
  // A family that somebody attests may be called as something that every record has.
  if (!Object.hasOwn(state.families, attested.family)) state.families[attested.family] = []
  state.families[attested.family].push(name)
}

/** A trial under the name that the ledger has for it, whoever ran it. */
export function trialIn({ runs, attested }: ExperimentsState, run: string) {
  if (!Object.hasOwn(runs, run)) return { name: run, ...attested[run] }
  const { spec, status, started } = runs[run]
  return { name: spec.run, family: spec.family, author: spec.author, status, started }
}

const NO_SET = { trainingSet: '', to: Number.NEGATIVE_INFINITY }

const isSame = (one: SplitsView, other: Pick<SplitsView, 'groups' | 'testGroups' | 'embargoDays'>): boolean =>
  one.groups === other.groups && one.testGroups === other.testGroups && one.embargoDays === other.embargoDays

/** The run under this name that was started, or trained, at this position. */
function startedBy({ runs }: ExperimentsState, name: string, cause: Position): RunView | undefined {
  const named = [runs[name], runs[`${name}@${cause}`]]
  return named.find((run) => run?.started === cause || run?.trained === cause)
}

const NOTHING_YET = { artifact: null, metrics: {}, notHeld: [] }

function missingOf(
  { trainers }: ExperimentsState,
  spec: RunSpec,
  { artifact, metrics, notHeld }: Pick<RunView, 'artifact' | 'metrics' | 'notHeld'>,
): string[] {
  const parts: Record<string, boolean> = {
    'training-set hash': spec.trainingSetHash !== '',
    'commit SHA': spec.commit !== null,
    hyperparameters: spec.params.length > 0,
    seed: Number.isInteger(spec.seed),
    'environment digest': spec.environment !== null,
    'model artifact': artifact !== null,
    'held-out metrics': Object.keys(metrics).length > 0,
    ...(!isBuiltIn(spec) && codeOf(trainers[spec.trainer]?.spec)),
  }
  return [
    ...Object.keys(parts).filter((part) => !parts[part]),
    ...notHeld.map((what) => `a sandbox that holds ${what}`),
  ]
}

/** What is asked of code that is not the platform's own. */
const codeOf = (trainer: TrainerSpec | undefined): Record<string, boolean> => ({
  'admitted trainer': trainer !== undefined,
  'verified commit signature': trainer?.commit.signature === 'verified',
  'clean tree': trainer?.commit.tree === 'clean',
  lockfile: trainer !== undefined && trainer.lockfile !== null,
  'environment as it is locked': trainer?.unlocked.length === 0,
})
