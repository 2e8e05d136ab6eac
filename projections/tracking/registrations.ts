/** Registered models, their versions, and what was proposed of aliases, as tracking clients said it. */
import type { Position, Recorded } from '../../schemas/envelope.ts'
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
import type { Micros } from '../../schemas/kernel/time.ts'
import { on } from '../projection.ts'
import type { Followed } from './followed.ts'
import { change, type Texts, textsOf } from './texts.ts'

export type VersionView = {
  version: number
  source: string
  run: string
  loggedModel: string
  description: string
  stage: string
  tags: Texts
  author: string
  artifact: string | null
  reproducedBy: string | null
  isGoverned: boolean
  missing: string[]
  /** Where in the log it was registered. */
  position: Position
  /** Milliseconds since 1970 UTC. */
  created: number
  updated: number
}

/** An alias as it was asked for, the latest last: the latest whose version may have it counts. */
type Proposal = { alias: string; version: number; isGoverned: boolean }

export type RegisteredView = {
  name: string
  description: string
  tags: Texts
  versions: Map<number, VersionView>
  proposals: Proposal[]
  created: number
  updated: number
}

export type RegistrationsState = { models: Map<string, RegisteredView> }

const millis = (at: Micros): number => Math.floor(at / 1_000)

const HANDLERS = [
  on<RegistrationsState, typeof ModelRegistered>(ModelRegistered, ({ models }, { data, eventTime }) => {
    const { registeredModel: name, description, tags } = data
    const at = millis(eventTime)
    const none = { versions: new Map(), proposals: [] }
    models.set(name, { name, description, tags: textsOf(tags), ...none, created: at, updated: at })
  }),
  on<RegistrationsState, typeof RegistrationEdited>(RegistrationEdited, ({ models }, { data, eventTime }) => {
    const model = models.get(data.registeredModel)
    if (model === undefined) return
    model.description = data.description ?? model.description
    change(model.tags, data.tags)
    model.updated = millis(eventTime)
    if (data.name === null) return
    models.delete(model.name)
    model.name = data.name
    models.set(model.name, model)
  }),
  on<RegistrationsState, typeof RegistrationRemoved>(RegistrationRemoved, ({ models }, { data }) => {
    models.delete(data.registeredModel)
  }),
  on<RegistrationsState, typeof VersionRegistered>(
    VersionRegistered,
    (state, { data, eventTime, position }) => {
      const at = millis(eventTime)
      const { registeredModel, modelVersion, tags, ...rest } = data
      ofModel(state, registeredModel, at)?.versions.set(modelVersion, {
        ...rest,
        ...{ version: modelVersion, stage: 'None', tags: textsOf(tags), created: at, updated: at, position },
      })
    },
  ),
  on<RegistrationsState, typeof VersionEdited>(VersionEdited, (state, { data, eventTime }) => {
    const at = millis(eventTime)
    const version = ofModel(state, data.registeredModel, at)?.versions.get(data.modelVersion)
    if (version === undefined) return
    version.description = data.description ?? version.description
    version.stage = data.stage ?? version.stage
    change(version.tags, data.tags)
    version.updated = at
  }),
  on<RegistrationsState, typeof VersionRemoved>(VersionRemoved, (state, { data, eventTime }) => {
    const model = ofModel(state, data.registeredModel, millis(eventTime))
    if (model === undefined) return
    model.versions.delete(data.modelVersion)
    model.proposals = model.proposals.filter(({ version }) => version !== data.modelVersion)
  }),
  on<RegistrationsState, typeof AliasProposed>(AliasProposed, (state, { data, eventTime }) => {
    const { registeredModel, alias, modelVersion: version, isGoverned } = data
    ofModel(state, registeredModel, millis(eventTime))?.proposals.push({ alias, version, isGoverned })
  }),
  on<RegistrationsState, typeof AliasRemoved>(AliasRemoved, (state, { data, eventTime }) => {
    const model = ofModel(state, data.registeredModel, millis(eventTime))
    if (model !== undefined) model.proposals = model.proposals.filter(({ alias }) => alias !== data.alias)
  }),
]

function ofModel({ models }: RegistrationsState, name: string, updated: number): RegisteredView | undefined {
  const model = models.get(name)
  if (model !== undefined) model.updated = updated
  return model
}

const BY_TYPE = new Map(HANDLERS.map((handler) => [handler.type, handler]))

export const registrations: Followed<RegistrationsState> = Object.freeze({
  name: 'registrations',
  version: 1,
  handles: [...BY_TYPE.keys()],
  initial: () => ({ models: new Map() }),
  apply(state: RegistrationsState, event: Recorded) {
    BY_TYPE.get(event.type)?.apply(state, event)
    return state
  },
})
