/** A run of a tracking client: opened, logged in, sealed when it ends, and gone on with as an amendment alone. */
import type { ChunkRef, Draft } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import {
  AmendmentOpened,
  FileRemoved,
  FileStored,
  InputsLogged,
  OutputsLogged,
  type Pair,
  RunLogged,
  RunMeasured,
  RunOpened,
  RunRemoved,
  RunRenamed,
  RunRestored,
  RunSealed,
  type TagChange,
} from '../../schemas/events/tracking.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import type { Decider, Decision } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'
import { sealOver } from './seal.ts'
import { changesIn, type Tags, withChanges } from './tags.ts'

export const trackedRunStream = (run: string): string => `run-${run}`

export type RunCommand =
  | Readonly<{ kind: 'open'; opening: DataOf<typeof RunOpened> }>
  | Readonly<{
      kind: 'log'
      run: string
      params: readonly Pair[]
      tags: readonly TagChange[]
    }>
  | Readonly<{ kind: 'measure'; measured: DataOf<typeof RunMeasured>; chunks: readonly ChunkRef[] }>
  | Readonly<{ kind: 'inputs'; logged: DataOf<typeof InputsLogged> }>
  | Readonly<{ kind: 'outputs'; logged: DataOf<typeof OutputsLogged> }>
  | Readonly<{ kind: 'store'; file: DataOf<typeof FileStored> }>
  | Readonly<{ kind: 'take away'; run: string; path: string }>
  | Readonly<{ kind: 'end'; run: string; status: DataOf<typeof RunSealed>['status']; endTime: number }>
  | Readonly<{ kind: 'resume'; run: string }>
  | Readonly<{ kind: 'rename'; run: string; name: string }>
  | Readonly<{ kind: 'remove'; run: string; reason: string }>
  | Readonly<{ kind: 'restore'; run: string }>

type State = Readonly<{
  isOpened: boolean
  name: string
  params: ReadonlyMap<string, string>
  tags: Tags
  /** Digests of the inputs and outputs that were told. */
  said: ReadonlySet<string>
  files: ReadonlyMap<string, string>
  chain: string
  seal: string | null
  /** How and when it ended, as it was told. */
  end: string
  amendments: number
  isRemoved: boolean
}>

/** What a sealed run can still do: it is hidden and shown again, and the seal is over neither. */
const OUTSIDE: readonly Readonly<{ is: (event: Draft) => boolean }>[] = [RunRemoved, RunRestored, RunSealed]

export const trackedRun: Decider<RunCommand, State> = {
  initial: () => ({
    isOpened: false,
    name: '',
    params: new Map(),
    tags: new Map(),
    said: new Set(),
    files: new Map(),
    chain: '',
    seal: null,
    end: '',
    amendments: 0,
    isRemoved: false,
  }),

  evolve(before, event) {
    const isOutside = OUTSIDE.some((one) => one.is(event))
    const state = isOutside ? before : { ...before, chain: sealOver(before.chain, event) }
    if (RunOpened.is(event)) {
      const { name, tags } = event.data
      return { ...state, isOpened: true, name, tags: withChanges(new Map(), tags) }
    }
    if (RunLogged.is(event)) {
      const { params, tags } = event.data
      return {
        ...state,
        params: params.length === 0 ? state.params : withChanges(state.params, params),
        tags: withChanges(state.tags, tags),
      }
    }
    if (InputsLogged.is(event) || OutputsLogged.is(event))
      return { ...state, said: grown(state.said, digestOf(event.data)) }
    if (FileStored.is(event))
      return { ...state, files: new Map(state.files).set(event.data.path, event.data.hash) }
    if (FileRemoved.is(event)) {
      const files = new Map(state.files)
      files.delete(event.data.path)
      return { ...state, files }
    }
    if (RunSealed.is(event)) {
      const { seal, status, endTime } = event.data
      return { ...state, seal, end: endOf(status, endTime) }
    }
    if (AmendmentOpened.is(event)) return { ...state, seal: null, amendments: event.data.amendment }
    if (RunRenamed.is(event)) return { ...state, name: event.data.name }
    if (RunRemoved.is(event)) return { ...state, isRemoved: true }
    return RunRestored.is(event) ? { ...state, isRemoved: false } : state
  },

  decide(command, state, { now, actor }) {
    const times = { eventTime: now, knownAt: now }
    if (command.kind === 'open')
      return state.isOpened ? alreadySo : accept(RunOpened.draft(command.opening, times))
    const run = runOf(command)
    if (!state.isOpened) return reject('tracking.unknown-run', { run })
    if (command.kind === 'restore')
      return state.isRemoved ? accept(RunRestored.draft({ run }, times)) : alreadySo
    if (command.kind === 'remove')
      return state.isRemoved ? alreadySo : accept(RunRemoved.draft({ run, reason: command.reason }, times))
    if (state.isRemoved) return reject('tracking.run-removed', { run })
    if (command.kind === 'resume') {
      if (state.seal === null) return alreadySo
      const opened = { run, amendment: state.amendments + 1, seal: state.seal, author: actor }
      return accept(AmendmentOpened.draft(opened, times))
    }
    const isSo = already(command, state)
    if (isSo) return alreadySo
    // A parameter that was told otherwise is told so, sealed or not.
    const log = command.kind === 'log' ? logged(command, state, times) : null
    if (log !== null && !log.ok) return log
    if (state.seal !== null) return reject('tracking.run-sealed', { run, seal: state.seal })
    switch (command.kind) {
      case 'log':
        return log ?? alreadySo
      case 'measure':
        return accept(RunMeasured.draft(command.measured, times, command.chunks))
      case 'inputs':
        return accept(InputsLogged.draft(command.logged, times))
      case 'outputs':
        return accept(OutputsLogged.draft(command.logged, times))
      case 'store':
        return accept(FileStored.draft(command.file, times))
      case 'take away':
        return accept(FileRemoved.draft({ run, path: command.path }, times))
      case 'rename':
        return accept(RunRenamed.draft({ run, name: command.name }, times))
      case 'end': {
        const { status, endTime } = command
        const seal = sealOver(state.chain, { type: RunSealed.type, data: { run, status, endTime } })
        return accept(RunSealed.draft({ run, status, endTime, seal }, times))
      }
    }
  },
}

type Changing = Exclude<RunCommand, { kind: 'open' | 'remove' | 'restore' | 'resume' }>

/** Whether it stands as it is asked for: what is sent again is no later write. */
function already(command: Changing, state: State): boolean {
  switch (command.kind) {
    case 'inputs':
    case 'outputs':
      return state.said.has(digestOf(command.logged))
    case 'store':
      return state.files.get(command.file.path) === command.file.hash
    case 'take away':
      return !state.files.has(command.path)
    case 'rename':
      return state.name === command.name
    case 'log': {
      const { params, tags } = command
      const isSame = params.every(({ key, value }) => state.params.get(key) === value)
      return isSame && changesIn(state.tags, tags).length === 0
    }
    case 'measure':
      return false
    case 'end':
      return state.seal !== null && state.end === endOf(command.status, command.endTime)
  }
}

function logged(
  { run, params, tags }: Extract<RunCommand, { kind: 'log' }>,
  state: State,
  times: Readonly<{ eventTime: number; knownAt: number }>,
): Decision {
  const added = new Map<string, string>()
  for (const { key, value } of params) {
    const before = state.params.get(key) ?? added.get(key)
    if (before !== undefined && before !== value)
      return reject('tracking.param-changed', { run, key, before, after: value })
    if (!state.params.has(key)) added.set(key, value)
  }
  const data = {
    run,
    params: [...added].map(([key, value]) => ({ key, value })),
    tags: [...changesIn(state.tags, tags)],
  }
  return accept(RunLogged.draft(data, times))
}

const endOf = (status: string, endTime: number): string => `${status} ${endTime}`

const grown = (before: ReadonlySet<string>, one: string): ReadonlySet<string> => new Set(before).add(one)

function runOf(command: Exclude<RunCommand, { kind: 'open' }>): string {
  if (command.kind === 'inputs' || command.kind === 'outputs') return command.logged.run
  if (command.kind === 'measure') return command.measured.run
  return command.kind === 'store' ? command.file.run : command.run
}
