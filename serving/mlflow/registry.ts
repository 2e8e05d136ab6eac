/** MLflow's routes on registered models: names, aliases, tags. */
import { z } from 'zod'
import { REGISTRATIONS_STREAM, registrations } from '../../commands/tracking/registrations.ts'
import { pageOf } from '../../projections/tracking/match.ts'
import type {
  RegisteredView,
  RegistrationsState,
  VersionView,
} from '../../projections/tracking/registrations.ts'
import { found, REGISTERED } from '../../projections/tracking/search.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { DELETED_BY_CLIENT } from './experiments.ts'
import { key, MOST, nameOf, registryTag, text, texts, whole } from './input.ts'
import { latestIn, registeredForm, versionForm } from './registry-forms.ts'
import { type Asking, defineRoute, type Office, type Route } from './route.ts'
import { aliasesOf } from './verdict.ts'

export const AT = '/api/2.0/mlflow/registered-models'

/** MLflow's own rule: a name stands in addresses such as models:/name/1. */
export const modelName = z
  .string()
  .regex(/^[^/:]+$/, 'a name has no / and no :')
  .pipe(nameOf(MOST.keyCharacters))
export const versionNumber = z.coerce.number().int().positive()
const ofModel = z.object({ name: z.string() })
const alias = z
  .string()
  .min(1)
  .max(MOST.aliasCharacters)
  .regex(/^[\w-]+$/, 'an alias has letters, digits, _ and -')
  .refine((one) => !/^v\d+$/i.test(one) && one !== 'latest', 'it would read as a version')

export type Command = Parameters<typeof registrations.decide>[0]

export const actOnRegistry = ({ desk }: Office, command: Command, { subject, commandId }: Asking) =>
  desk.act(registrations, { stream: REGISTRATIONS_STREAM, command, commandId, subject })

/** @throws Refusal `tracking.unknown-model` */
export function registeredIn({ models }: RegistrationsState, name: string): RegisteredView {
  const found = models.get(name)
  if (found === undefined) throw refuse('tracking.unknown-model', { name })
  return found
}

/** @throws Refusal `tracking.unknown-model`, `tracking.unknown-version` */
export function versionIn(
  state: RegistrationsState,
  { name, version }: Readonly<{ name: string; version: number }>,
): Readonly<{ model: RegisteredView; version: VersionView }> {
  const model = registeredIn(state, name)
  const found = model.versions.get(version)
  if (found === undefined) throw refuse('tracking.unknown-version', { name, version })
  return { model, version: found }
}

export const registryOf = ({ platform }: Office) => platform.folds.registry.state()
/** Whether a committee governs: then an alias is a proposal, and a version waits for the gate. */
export const isGoverned = (office: Office): boolean => registryOf(office).policy !== null

async function registered(office: Office, name: string) {
  return {
    registered_model: registeredForm(registryOf(office), registeredIn(await office.desk.models(), name)),
  }
}

const editing = (name: string) =>
  ({ kind: 'edit', name, newName: null, description: null, tags: [] }) as const

export const REGISTRY_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: `${AT}/create`,
    permission: 'model.validate',
    about: 'MLflow: register a model by its name.',
    input: z.object({ name: modelName, description: text, tags: z.array(registryTag).default([]) }),
    async answer(office, { name, description, tags }, asking) {
      await actOnRegistry(office, { kind: 'register', name, description, tags }, asking)
      return registered(office, name)
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${AT}/get`,
    permission: 'read',
    about: 'MLflow: a registered model.',
    input: ofModel,
    answer: (office, { name }) => registered(office, name),
  }),
  defineRoute({
    method: 'GET',
    path: `${AT}/search`,
    permission: 'read',
    about: 'MLflow: registered models that meet a filter.',
    input: z.object({ filter: text, max_results: whole.default(100), order_by: texts, page_token: text }),
    async answer(office, { filter, max_results, order_by, page_token }) {
      const { models } = await office.desk.models()
      const { page, next } = pageOf(found(models.values(), REGISTERED, { filter, orders: order_by }), {
        token: page_token,
        most: Math.min(Math.max(max_results, 1), MOST.metricsOfBatch),
        question: [filter, order_by],
        idOf: ({ name }) => name,
      })
      return {
        ...(page.length > 0 && {
          registered_models: page.map((one) => registeredForm(registryOf(office), one)),
        }),
        ...(next !== null && { next_page_token: next }),
      }
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: `${AT}/update`,
    permission: 'model.validate',
    about: 'MLflow: describe a registered model.',
    input: ofModel.extend({ description: text }),
    async answer(office, { name, description }, asking) {
      await actOnRegistry(office, { ...editing(name), description }, asking)
      return registered(office, name)
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/rename`,
    permission: 'model.validate',
    about: 'MLflow: rename a registered model.',
    input: ofModel.extend({ new_name: modelName }),
    async answer(office, { name, new_name }, asking) {
      await actOnRegistry(office, { ...editing(name), newName: new_name }, asking)
      return registered(office, new_name)
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${AT}/delete`,
    permission: 'model.validate',
    about: 'MLflow: hide a registered model. What was promoted stays in force.',
    input: ofModel,
    async answer(office, { name }, asking) {
      await actOnRegistry(office, { kind: 'remove', name, reason: DELETED_BY_CLIENT }, asking)
      return {}
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/set-tag`,
    permission: 'model.validate',
    about: 'MLflow: set a tag of a registered model.',
    input: ofModel.extend(registryTag.shape),
    async answer(office, { name, key, value }, asking) {
      await actOnRegistry(office, { ...editing(name), tags: [{ key, value }] }, asking)
      return {}
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${AT}/delete-tag`,
    permission: 'model.validate',
    about: 'MLflow: take a tag of a registered model away.',
    input: ofModel.extend({ key }),
    async answer(office, { name, key }, asking) {
      await actOnRegistry(office, { ...editing(name), tags: [{ key, value: null }] }, asking)
      return {}
    },
  }),
  ...(['GET', 'POST'] as const).map((method) =>
    defineRoute({
      method,
      path: `${AT}/get-latest-versions`,
      permission: 'read',
      about: 'MLflow: the latest version of a registered model in each stage.',
      input: ofModel.extend({ stages: texts }),
      async answer(office, { name, stages }) {
        const model = registeredIn(await office.desk.models(), name)
        const versions = latestIn(model, stages).map((one) => versionForm(registryOf(office), model, one))
        return versions.length === 0 ? {} : { model_versions: versions }
      },
    }),
  ),
  defineRoute({
    method: 'POST',
    path: `${AT}/alias`,
    permission: 'model.validate',
    about:
      'MLflow: propose an alias. Where a committee governs, it takes effect once the version is in force.',
    input: ofModel.extend({ alias, version: versionNumber }),
    async answer(office, { name, alias, version }, asking) {
      const command = { kind: 'propose', name, alias, version, isGoverned: isGoverned(office) } as const
      await actOnRegistry(office, command, asking)
      return {}
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${AT}/alias`,
    permission: 'read',
    about: 'MLflow: the version that an alias stands for.',
    input: ofModel.extend({ alias: z.string() }),
    async answer(office, { name, alias }) {
      const model = registeredIn(await office.desk.models(), name)
      const version = model.versions.get(aliasesOf(registryOf(office), model).get(alias) ?? 0)
      if (version !== undefined) return { model_version: versionForm(registryOf(office), model, version) }
      const proposed = model.proposals.findLast((one) => one.alias === alias)
      if (proposed === undefined) throw refuse('tracking.unknown-alias', { name, alias })
      throw refuse('tracking.alias-proposed', { name, alias, version: proposed.version })
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${AT}/alias`,
    permission: 'model.validate',
    about: 'MLflow: take an alias away.',
    input: ofModel.extend({ alias: z.string() }),
    async answer(office, { name, alias }, asking) {
      await actOnRegistry(office, { kind: 'remove alias', name, alias }, asking)
      return {}
    },
  }),
]
