/** Registered models, their versions and aliases. One stream holds all of them, so that a name is one model. */
import type { DataOf } from '../../schemas/event.ts'
import {
  AliasProposed,
  AliasRemoved,
  ModelRegistered,
  RegistrationEdited,
  RegistrationRemoved,
  VersionEdited,
  VersionRegistered,
  VersionRemoved,
} from '../../schemas/events/registration.ts'
import type { Pair, TagChange } from '../../schemas/events/tracking.ts'
import type { Decider, Decision } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'
import { changesIn, type Tags, withChanges } from './tags.ts'

export const REGISTRATIONS_STREAM = 'tracking-registrations'

type Versioned = DataOf<typeof VersionRegistered>

type Command =
  | Readonly<{ kind: 'register'; name: string; description: string; tags: readonly Pair[] }>
  | Readonly<{
      kind: 'edit'
      name: string
      newName: string | null
      description: string | null
      tags: readonly TagChange[]
    }>
  | Readonly<{ kind: 'remove'; name: string; reason: string }>
  | Readonly<{ kind: 'version'; name: string; version: Omit<Versioned, 'registeredModel' | 'modelVersion'> }>
  | Readonly<{
      kind: 'edit version'
      name: string
      version: number
      description: string | null
      stage: string | null
      tags: readonly TagChange[]
      /** Whether no stage Production is given: a committee governs, and its file is not in force. */
      isKeptBack: boolean
    }>
  | Readonly<{ kind: 'remove version'; name: string; version: number; reason: string }>
  | Readonly<{ kind: 'propose'; name: string; alias: string; version: number; isGoverned: boolean }>
  | Readonly<{ kind: 'remove alias'; name: string; alias: string }>

type Version = Readonly<{ description: string; stage: string; tags: Tags }>
type Model = Readonly<{
  description: string
  tags: Tags
  versions: ReadonlyMap<number, Version>
  /** How many versions there ever were: a number is given once. */
  count: number
  aliases: ReadonlyMap<string, number>
}>
type State = ReadonlyMap<string, Model>

export const registrations: Decider<Command, State> = {
  initial: () => new Map(),

  evolve(state, event) {
    const changed = (name: string, change: (model: Model) => Partial<Model>): State => {
      const model = state.get(name)
      return model === undefined ? state : new Map(state).set(name, { ...model, ...change(model) })
    }
    const without = (name: string): Map<string, Model> => {
      const rest = new Map(state)
      rest.delete(name)
      return rest
    }
    if (ModelRegistered.is(event)) {
      const { registeredModel, description, tags } = event.data
      const none = { versions: new Map(), count: 0, aliases: new Map() }
      return new Map(state).set(registeredModel, {
        description,
        tags: withChanges(new Map(), tags),
        ...none,
      })
    }
    if (RegistrationEdited.is(event)) {
      const { registeredModel, name, description, tags } = event.data
      const model = state.get(registeredModel)
      if (model === undefined) return state
      const edited = {
        ...model,
        description: description ?? model.description,
        tags: withChanges(model.tags, tags),
      }
      return without(registeredModel).set(name ?? registeredModel, edited)
    }
    if (RegistrationRemoved.is(event)) return without(event.data.registeredModel)
    if (VersionRegistered.is(event)) {
      const { registeredModel, modelVersion, description, tags } = event.data
      const version = { description, stage: 'None', tags: withChanges(new Map(), tags) }
      return changed(registeredModel, ({ versions }) => ({
        versions: new Map(versions).set(modelVersion, version),
        count: modelVersion,
      }))
    }
    if (VersionEdited.is(event)) {
      const { registeredModel, modelVersion, description, stage, tags } = event.data
      return changed(registeredModel, ({ versions }) => {
        const version = versions.get(modelVersion)
        if (version === undefined) return {}
        const edited = {
          description: description ?? version.description,
          stage: stage ?? version.stage,
          tags: withChanges(version.tags, tags),
        }
        return { versions: new Map(versions).set(modelVersion, edited) }
      })
    }
    if (VersionRemoved.is(event)) {
      const { registeredModel, modelVersion } = event.data
      return changed(registeredModel, ({ versions, aliases }) => ({
        versions: new Map([...versions].filter(([one]) => one !== modelVersion)),
        aliases: new Map([...aliases].filter(([, one]) => one !== modelVersion)),
      }))
    }
    if (AliasProposed.is(event)) {
      const { registeredModel, alias, modelVersion } = event.data
      return changed(registeredModel, ({ aliases }) => ({
        aliases: new Map(aliases).set(alias, modelVersion),
      }))
    }
    if (AliasRemoved.is(event)) {
      const { registeredModel, alias } = event.data
      return changed(registeredModel, ({ aliases }) => ({
        aliases: new Map([...aliases].filter(([one]) => one !== alias)),
      }))
    }
    return state
  },

  decide(command, state, { now }) {
    const times = { eventTime: now, knownAt: now }
    const { name } = command
    const model = state.get(name)
    if (command.kind === 'register') {
      const { description, tags } = command
      if (model !== undefined) return reject('tracking.model-exists', { name })
      return accept(ModelRegistered.draft({ registeredModel: name, description, tags: [...tags] }, times))
    }
    if (model === undefined) return reject('tracking.unknown-model', { name })
    switch (command.kind) {
      case 'edit': {
        const newName = command.newName === name ? null : command.newName
        if (newName !== null && state.has(newName)) return reject('tracking.model-exists', { name: newName })
        const description = command.description === model.description ? null : command.description
        const tags = [...changesIn(model.tags, command.tags)]
        if (newName === null && description === null && tags.length === 0) return alreadySo
        const edited = { registeredModel: name, name: newName, description, tags }
        return accept(RegistrationEdited.draft(edited, times))
      }
      case 'remove':
        return accept(RegistrationRemoved.draft({ registeredModel: name, reason: command.reason }, times))
      case 'version': {
        const modelVersion = model.count + 1
        const { version } = command
        return accept(VersionRegistered.draft({ registeredModel: name, modelVersion, ...version }, times))
      }
      case 'remove alias': {
        const { alias } = command
        return model.aliases.has(alias)
          ? accept(AliasRemoved.draft({ registeredModel: name, alias }, times))
          : alreadySo
      }
      default:
        return ofVersion(command, model, times)
    }
  },
}

type OfVersion = Extract<Command, { kind: 'edit version' | 'remove version' | 'propose' }>

function ofVersion(
  command: OfVersion,
  model: Model,
  times: Readonly<{ eventTime: number; knownAt: number }>,
): Decision {
  const { name, version: modelVersion } = command
  const at = { registeredModel: name, modelVersion }
  const version = model.versions.get(modelVersion)
  if (version === undefined) return reject('tracking.unknown-version', { name, version: modelVersion })
  if (command.kind === 'remove version')
    return accept(VersionRemoved.draft({ ...at, reason: command.reason }, times))
  if (command.kind === 'propose') {
    const { alias, isGoverned } = command
    if (model.aliases.get(alias) === modelVersion) return alreadySo
    return accept(AliasProposed.draft({ ...at, alias, isGoverned }, times))
  }
  const { description, stage, isKeptBack } = command
  if (stage === 'Production' && isKeptBack) return reject('tracking.stage', { name, version: modelVersion })
  const edited = {
    ...at,
    description: description === version.description ? null : description,
    stage: stage === version.stage ? null : stage,
    tags: [...changesIn(version.tags, command.tags)],
  }
  const isSame = edited.description === null && edited.stage === null && edited.tags.length === 0
  return isSame ? alreadySo : accept(VersionEdited.draft(edited, times))
}
