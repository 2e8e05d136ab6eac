/** What the runs of trainers rest on, built in or not: the training set, the trainer that was admitted, and what it made. */
import { RunFailed, RunFinished, RunStarted, TrainingSetFrozen } from '../../schemas/events/experiment.ts'
import {
  RunTrained,
  SplitsTrained,
  TrainerAdmitted,
  TrainerRetired,
  WorkMetered,
} from '../../schemas/events/trainer.ts'
import type { Citing } from './reference.ts'
import { DECIDED, READ } from './sources.ts'

type Rule = (citing: Citing) => void

/** The set that a run was started on. @param started where it was */
function setOf(it: Citing, started: number): void {
  const { hash } = it.places.facts(started)
  if (hash !== undefined) it.having(READ, TrainingSetFrozen.type, { name: 'hash', is: String(hash) })
}

/** Its start, the code, and the rows that this was shown. */
const made: Rule = (it) => {
  const started = it.latest(DECIDED, RunStarted.type, it.name)
  if (started === null) return
  const at = it.places.positionOf(started)
  it.latest(READ, TrainerAdmitted.type, String(it.places.facts(at).trainer ?? ''))
  setOf(it, at)
}

/** What ends a run follows from its start, or from what was made elsewhere. */
const ended: Rule = (it) => {
  if (it.places.facts(it.before).hash !== undefined) return setOf(it, it.before)
  const started = it.latest(DECIDED, RunStarted.type, it.name)
  if (started !== null) setOf(it, it.places.positionOf(started))
}

export const TRAINER_ROWS: Readonly<Record<string, Rule>> = {
  [RunStarted.type](it) {
    it.having(READ, TrainingSetFrozen.type, { name: 'hash', is: it.fact('hash') })
    const trainer = it.fact('trainer')
    if (trainer !== '') it.latest(DECIDED, TrainerAdmitted.type, trainer)
  },
  [TrainerRetired.type]: (it) => void it.latest(DECIDED, TrainerAdmitted.type, it.name),
  [RunTrained.type]: made,
  [SplitsTrained.type]: made,
  [WorkMetered.type]: (it) => it.latest(DECIDED, RunStarted.type, it.name),
  [RunFinished.type]: ended,
  [RunFailed.type]: ended,
}

/** The models of the splits that a report judges by. */
export const splitsOf = (it: Citing, run: string): void => it.every(READ, SplitsTrained.type, run)
