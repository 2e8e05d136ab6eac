/** A claim about a strategy lists the trials that it was chosen from; the log knows whether the list is whole. */
import type { Position } from '../../schemas/envelope.ts'
import type { Relation } from '../../schemas/relation.ts'
import { type ExperimentsState, type RunView, trialIn } from './experiments.ts'
import { relatedTrials } from './ledger.ts'

type Claim = Readonly<{ family: string; trials: readonly string[] }>

type NamedTrial = Readonly<{ run: string; status: RunView['status']; started: Position }>

type ClaimProof = Readonly<{
  complete: boolean
  /** Trials of the family that the log has. */
  started: number
  /** Started and not listed, in the order in which they were started, whatever became of them. */
  missing: readonly NamedTrial[]
  /** Listed and never started in this family, and listed more than once. */
  unknown: readonly string[]
  repeated: readonly string[]
  /**
   * Trials of other families that the gate counts for this one, and why. They make no claim incomplete, but a reader should
   * ask why they are not one family.
   */
  related: readonly (NamedTrial & Readonly<{ family: string; relation: Relation }>)[]
}>

/** Judges a claim against the experiments as of the position that they were folded to: it holds up to there. */
export function proveClaim(state: ExperimentsState, { family, trials }: Claim): ClaimProof {
  const { families } = state
  const started = Object.hasOwn(families, family) ? families[family] : []
  const listed = new Set(trials)
  const missing = started.filter((run) => !listed.has(run)).map((run) => named(state, run))
  const unknown = [...listed].filter((run) => !started.includes(run))
  const repeated = [...listed].filter((run) => trials.indexOf(run) !== trials.lastIndexOf(run))
  return {
    // Of a family that was never begun nothing is proved, whatever is listed.
    complete: started.length > 0 && missing.length === 0 && unknown.length === 0 && repeated.length === 0,
    started: started.length,
    missing,
    unknown,
    repeated,
    related: [...relatedTrials(state.ledger, family)].flatMap(([run, relation]) =>
      relation === 'family' ? [] : [{ ...named(state, run), family: trialIn(state, run).family, relation }],
    ),
  }
}

function named(state: ExperimentsState, run: string): NamedTrial {
  const { name, status, started } = trialIn(state, run)
  return { run: name, status, started }
}
