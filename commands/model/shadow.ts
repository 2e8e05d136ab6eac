/** A challenger in shadow: put beside a model in force, and ended. */
import { ShadowEnded, ShadowStarted } from '../../schemas/events/shadow.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'
import { lacking, type RunRecord } from './model.ts'

/** Each costs the live lane a prediction a session. */
export const MOST_SHADOWS = 8

type Start = Readonly<{
  kind: 'start'
  model: string
  run: string
  record: RunRecord | undefined
  /** The digest of the gate's report on the run's file as a candidate for the model; null without one. */
  report: string | null
  /** The data set that the run would trade. */
  dataset: string | null
  /** What is in force, and what it trades. */
  champion: Readonly<{ artifact: string; dataset: string }> | null
  /** Of the same model. */
  running: number
}>

type End = Readonly<{ kind: 'end'; model: string; run: string }>

/** The model that the run challenges, or challenged last; null where it never did. */
type State = Readonly<{ model: string; isRunning: boolean }> | null

export const shadow: Decider<Start | End, State> = {
  initial: () => null,

  evolve(state, { type, data }) {
    if (type === ShadowStarted.type) return { model: (data as { model: string }).model, isRunning: true }
    return type === ShadowEnded.type && state !== null ? { ...state, isRunning: false } : state
  },

  decide(command, state, { now }) {
    const times = { eventTime: now, knownAt: now }
    const { model, run } = command
    if (command.kind === 'end') {
      if (state?.model !== model) return reject('shadow.none', { model, run })
      return state.isRunning ? accept(ShadowEnded.draft({ model, run }, times)) : alreadySo
    }
    const { record, report, dataset, champion, running } = command
    if (state?.isRunning)
      return state.model === model ? alreadySo : reject('shadow.elsewhere', { run, model: state.model })
    const incomplete = lacking(record, run)
    if (incomplete !== null) return incomplete
    const artifact = record?.artifact ?? ''
    if (report === null) return reject('model.no-report', { model, artifact })
    if (champion === null) return reject('shadow.no-champion', { model })
    if (champion.artifact === artifact) return reject('shadow.is-champion', { model, run })
    if (champion.dataset !== dataset)
      return reject('shadow.other-market', {
        run,
        dataset: dataset ?? 'nothing',
        model,
        traded: champion.dataset,
      })
    if (running >= MOST_SHADOWS) return reject('shadow.too-many', { model, most: MOST_SHADOWS })
    return accept(ShadowStarted.draft({ model, run, artifact, report }, times))
  },
}
