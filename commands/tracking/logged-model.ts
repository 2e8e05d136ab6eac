/** A model that a tracking client logs: opened, filled with files, and sealed when it is ready. Its tags are labels and stay open. */
import type { DataOf } from '../../schemas/event.ts'
import {
  LoggedModelEdited,
  LoggedModelEnded,
  LoggedModelFileStored,
  LoggedModelOpened,
  LoggedModelRemoved,
  type Pair,
  type TagChange,
} from '../../schemas/events/tracking.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'
import { sealOver } from './seal.ts'
import { changesIn, type Tags, withChanges } from './tags.ts'

export const loggedModelStream = (loggedModel: string): string => `run-model-${loggedModel}`

type Ended = DataOf<typeof LoggedModelEnded>

type Command =
  | Readonly<{ kind: 'open'; opening: DataOf<typeof LoggedModelOpened> }>
  | Readonly<{ kind: 'edit'; loggedModel: string; params: readonly Pair[]; tags: readonly TagChange[] }>
  | Readonly<{ kind: 'store'; file: DataOf<typeof LoggedModelFileStored> }>
  | Readonly<{ kind: 'end'; loggedModel: string; status: Ended['status'] }>
  | Readonly<{ kind: 'remove'; loggedModel: string; reason: string }>

type State = Readonly<{
  isThere: boolean
  params: ReadonlyMap<string, string>
  tags: Tags
  files: ReadonlyMap<string, string>
  chain: string
  ended: Pick<Ended, 'status' | 'seal'> | null
}>

export const loggedModel: Decider<Command, State> = {
  initial: () => ({
    isThere: false,
    params: new Map(),
    tags: new Map(),
    files: new Map(),
    chain: '',
    ended: null,
  }),

  evolve(before, event) {
    const state = before.ended === null ? { ...before, chain: sealOver(before.chain, event) } : before
    if (LoggedModelOpened.is(event)) {
      const { params, tags } = event.data
      const [own, told] = [withChanges(new Map(), params), withChanges(new Map(), tags)]
      return { ...state, isThere: true, params: own, tags: told }
    }
    if (LoggedModelEdited.is(event)) {
      const { params, tags } = event.data
      return { ...state, params: withChanges(state.params, params), tags: withChanges(state.tags, tags) }
    }
    if (LoggedModelFileStored.is(event))
      return { ...state, files: new Map(state.files).set(event.data.path, event.data.hash) }
    if (LoggedModelEnded.is(event)) return { ...state, ended: event.data }
    return LoggedModelRemoved.is(event) ? { ...state, isThere: false } : state
  },

  decide(command, state, { now }) {
    const times = { eventTime: now, knownAt: now }
    if (command.kind === 'open')
      return state.isThere ? alreadySo : accept(LoggedModelOpened.draft(command.opening, times))
    const model = command.kind === 'store' ? command.file.loggedModel : command.loggedModel
    if (!state.isThere) return reject('tracking.unknown-logged-model', { model })
    const sealed = () => reject('tracking.model-sealed', { model, seal: state.ended?.seal ?? '' })
    switch (command.kind) {
      case 'edit': {
        const params = command.params.filter(({ key, value }) => state.params.get(key) !== value)
        const tags = changesIn(state.tags, command.tags)
        if (params.length === 0 && tags.length === 0) return alreadySo
        if (params.length > 0 && state.ended !== null) return sealed()
        const edited = { loggedModel: model, params: [...params], tags: [...tags] }
        return accept(LoggedModelEdited.draft(edited, times))
      }
      case 'store': {
        const { file } = command
        if (state.files.get(file.path) === file.hash) return alreadySo
        return state.ended === null ? accept(LoggedModelFileStored.draft(file, times)) : sealed()
      }
      case 'end': {
        const { status } = command
        if (state.ended?.status === status) return alreadySo
        if (state.ended !== null) return sealed()
        return accept(LoggedModelEnded.draft({ loggedModel: model, status, seal: state.chain }, times))
      }
      case 'remove':
        return accept(LoggedModelRemoved.draft({ loggedModel: model, reason: command.reason }, times))
    }
  },
}
