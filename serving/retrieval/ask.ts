/** A question of features as people and programs write it, into rows, labels and values. */
import { experiments } from '../../projections/experiment/experiments.ts'
import { foldTo, type Moment } from '../../projections/runner.ts'
import type { AnswerTable } from '../../schemas/answer.ts'
import { type Session, sessionOfDate } from '../../schemas/calendar.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { heldOutOf } from '../../schemas/policy.ts'
import { datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import { parseFormula } from '../../streams/features/formula/parser.ts'
import { marketOf } from '../../streams/training/freeze.ts'
import { labelColumn } from './labels.ts'
import { type Answered, retrieve } from './retrieve.ts'
import { type DatasetAsOf, datasetAsOf, type Readable, type SetAsOf, setAsOf } from './set.ts'
import { digestOfSpine, gridOf, type Spine } from './spine.ts'
import { type SpineFile, spineIn } from './spine-file.ts'
import { entitiesIn } from './windows.ts'

export type Asked = Readonly<{
  /** `name@version`, or a name. */
  set: string
  /** A file of entities and times; where there is none, every session between two dates. */
  spine?: SpineFile | undefined
  /** Dates, `from` inclusive and `to` exclusive; to the last session that was decided where `to` is left out. */
  from?: string | undefined
  to?: string | undefined
  /** Of a grid; every one with a value that could be fresh where none is named. */
  entities?: readonly string[] | undefined
  features?: readonly string[] | undefined
  /** What is to be forecast, of the set's own data set; `entry` and `exit` in sessions after the one that is decided. */
  label?: Readonly<{ formula: string; entry: number; exit: number }> | undefined
  why?: boolean | undefined
  presentOnly?: boolean | undefined
}>

export type Asking = Answered & Readonly<{ set: SetAsOf; spine: Spine; table: AnswerTable }>

/**
 * @param moment its time hides what became known later, its position what the log did not have
 * @param now nothing can be asked of a later moment
 * @throws Refusal `retrieval.*`, `feature.unknown-set`, `moment.*`, `calendar.outside`, `source.*`, `formula.*`
 */
export async function askFeatures(
  archive: Readable,
  asked: Asked,
  { moment, now }: Readonly<{ moment: Moment; now: Micros }>,
): Promise<Asking> {
  const set = await setAsOf(archive, asked.set, moment)
  const dataset = await datasetAsOf(archive, set.spec.dataset, set.position)
  const spine =
    asked.spine === undefined
      ? await gridFor(archive, asked, { set, dataset, now })
      : await spineIn(asked.spine, dataset.spec, now)
  const { why = false, presentOnly = false, features = [] } = asked
  const label = await labelFor(archive, asked, { set, dataset, spine })
  const answered = retrieve(archive.chunks, { set, spine, features, label, why, presentOnly })
  const table = {
    ...{ schema: answered.schema, batches: answered.batches, rows: spine.rows },
    momentAt: (row: number) => spine.momentAt(row),
    // Beside its formula a label is where it is entered and left, and what is held out.
    digest: () =>
      digestOf({
        spine: digestOfSpine(spine),
        presentOnly,
        label: label === null ? null : { ...asked.label, knownBefore: String(label.knownBefore) },
      }),
  }
  return { ...answered, set, spine, table }
}

type Ground = Readonly<{ set: SetAsOf; dataset: DatasetAsOf }>

async function gridFor(
  { chunks }: Readable,
  { from, to, entities }: Asked,
  { set, dataset, now }: Ground & Readonly<{ now: Micros }>,
): Promise<Spine> {
  if (from === undefined) throw refuse('retrieval.nothing-asked')
  const { decides } = datasetSessions(dataset.spec)
  const sessions = await sessionsBetween(
    dataset,
    sessionOfDate(from),
    to === undefined ? null : sessionOfDate(to),
    now,
  )
  const moments = Float64Array.from(sessions, decides).filter((at) => at <= now)
  const [first = 0, last = 0] = [moments.at(0), moments.at(-1)]
  const could = set.tables.filter(
    ({ knownFrom, ref }) => knownFrom <= last && ref.eventTimeTo >= first - set.spec.stalenessMicros,
  )
  const names = entities ?? (moments.length === 0 ? [] : await entitiesIn(chunks, could))
  return gridOf(names, moments)
}

/** Where no calendar is declared, a session is a day with rows. */
async function sessionsBetween(
  { spec, facts }: DatasetAsOf,
  from: Session,
  to: Session | null,
  now: Micros,
): Promise<readonly Session[]> {
  if (spec.calendar !== null) {
    const { between, find } = datasetSessions(spec)
    const end = to ?? find(now) + 1
    return between(from, Number.isNaN(end) ? sessionOfDate(spec.calendar.to) : end)
  }
  const { spine } = marketOf(spec, await facts())
  return spine.filter((session) => session >= from && (to === null || session < to))
}

/**
 * No label reads sessions that the policy in force holds out, whoever asks and as of whenever: what is forecast there decides about
 * models. A position before that policy was set does not open them.
 * @throws Refusal `experiment.label-backwards`, `experiment.held-out`, `formula.*`
 */
async function labelFor(
  archive: Readable,
  { label }: Asked,
  { set, dataset, spine }: Ground & { spine: Spine },
) {
  if (label === undefined) return null
  const { formula, entry, exit } = label
  if (entry < 1 || exit <= entry) throw refuse('experiment.label-backwards', { entry, exit })
  const inForce = { confirmed: await archive.confirmed() }
  const { policy } = (await foldTo(archive.log, archive.states, experiments, inForce)).state
  const to = spine.rows === 0 ? 0 : spine.momentAt(spine.rows - 1) + 1
  const heldOut = heldOutOf(policy, { trainingSet: set.key, to })
  if (heldOut !== null) throw new Refusal(heldOut)
  parseFormula(
    formula,
    dataset.spec.columns.map(({ name }) => name),
  )
  const spec = { dataset: set.spec.dataset, formula, entryRows: entry, exitRows: exit }
  // What became known at the moment itself is known.
  const knownBefore = Math.min(set.knownBy + 1, policy?.holdout?.from ?? Number.POSITIVE_INFINITY)
  const { maxGapSessions } = set.spec
  return { formula, knownBefore, ...(await labelColumn(spec, dataset, { maxGapSessions, knownBefore })) }
}
