/** MLflow's routes on versions of registered models. */
import { z } from 'zod'
import { loggedModel, loggedModelStream } from '../../commands/tracking/logged-model.ts'
import { pageOf } from '../../projections/tracking/match.ts'
import { found, VERSIONS } from '../../projections/tracking/search.ts'
import type { AnyCommand } from '../commands/definition.ts'
import { modelValidate } from '../commands/model.ts'
import { DELETED_BY_CLIENT } from './experiments.ts'
import { key, MOST, registryTag, text, texts, whole } from './input.ts'
import { attestedMissing } from './mandate.ts'
import {
  actOnRegistry,
  isGoverned,
  modelName,
  registeredIn,
  registryOf,
  versionIn,
  versionNumber,
} from './registry.ts'
import { versionForm } from './registry-forms.ts'
import { type Asking, defineRoute, type Office, type Route } from './route.ts'
import { reproducedIn, sourceOf } from './source.ts'
import { isInForce, standingOf } from './verdict.ts'

const AT = '/api/2.0/mlflow/model-versions'
const ofVersion = z.object({ name: z.string(), version: versionNumber })

async function formOf(office: Office, at: z.infer<typeof ofVersion>) {
  const { model, version } = versionIn(await office.desk.models(), at)
  return { model_version: versionForm(registryOf(office), model, version) }
}

const creating = z.object({
  name: modelName,
  source: z.string().max(2_048),
  run_id: text,
  model_id: text,
  description: text,
  tags: z.array(registryTag).default([]),
})

/** The version is there at once. Where a committee governs, the gate is asked about it, and its word is the status. */
async function create(office: Office, sent: z.infer<typeof creating>, asking: Asking) {
  const { name, source, run_id, model_id, description, tags } = sent
  const { files, run } = sourceOf(await office.desk.runs(), source, run_id)
  const reproduced = reproducedIn(office.platform.folds.experiments.state(), files)
  const version = {
    ...{ source, run: run_id || (run?.run ?? ''), loggedModel: model_id, description, tags },
    ...{ author: asking.subject.name, isGoverned: isGoverned(office) },
    ...{ artifact: reproduced?.artifact ?? null, reproducedBy: reproduced?.run ?? null },
    missing: reproduced !== null ? [] : run === undefined ? ['a run'] : [...attestedMissing(run)],
  }
  const { position } = await actOnRegistry(office, { kind: 'version', name, version }, asking)
  const { versions } = registeredIn(await office.desk.models(), name)
  // Somebody else may have registered another one meanwhile.
  const made = [...versions.values()].find((one) => one.position === position)
  const number = made?.version ?? 0
  if (model_id !== '') await noteVersion(office, { model: model_id, name, version: number }, asking)
  const isWaiting =
    made !== undefined && standingOf(registryOf(office), name, made).status === 'PENDING_REGISTRATION'
  if (isWaiting && reproduced !== null) {
    const input = { model: name, run: reproduced.run }
    const { result } = office.works.start(modelValidate as unknown as AnyCommand, {
      input,
      id: `mlflow-${position}`,
      subject: asking.subject,
    }).work
    // What it is refused with is asked for at /api/v1/work; the version waits.
    result.catch(() => undefined)
  }
  return formOf(office, { name, version: number })
}

const VERSIONS_TAG = 'mlflow.modelVersions'

/** MLflow's server notes on a logged model which versions it is registered as, and its client reads that. One after the other: each adds to the last. */
const noteVersion = (
  { desk }: Office,
  { model, ...version }: Readonly<{ model: string; name: string; version: number }>,
  { subject, commandId }: Asking,
): Promise<void> =>
  desk.inOrder(`note-${model}`, async () => {
    const logged = (await desk.runs()).models.get(model)
    if (logged === undefined) return
    const value = spaced([...versionsIn(logged.tags.get(VERSIONS_TAG)), version])
    await desk.act(loggedModel, {
      stream: loggedModelStream(model),
      command: { kind: 'edit', loggedModel: model, params: [], tags: [{ key: VERSIONS_TAG, value }] },
      commandId: `${commandId}:note`,
      subject,
    })
  })

const noted = z.array(z.object({ name: z.string(), version: z.union([z.string(), z.number()]) }))

/** What anybody may have written there: what is no list of versions is begun anew. */
function versionsIn(text = '[]'): z.infer<typeof noted> {
  try {
    return noted.parse(JSON.parse(text))
  } catch {
    return []
  }
}

/** As Python writes it. */
const spaced = (list: z.infer<typeof noted>): string =>
  `[${list.map(({ name, version }) => `{"name": ${JSON.stringify(name)}, "version": ${JSON.stringify(version)}}`).join(', ')}]`

const editing = ({ name, version }: z.infer<typeof ofVersion>) =>
  ({
    kind: 'edit version',
    name,
    version,
    description: null,
    stage: null,
    tags: [],
    isKeptBack: false,
  }) as const

export const VERSION_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: `${AT}/create`,
    permission: 'model.validate',
    about: 'MLflow: register a version. Where a committee governs, the gate judges it.',
    input: creating,
    answer: create,
  }),
  defineRoute({
    method: 'GET',
    path: `${AT}/get`,
    permission: 'read',
    about: 'MLflow: a version of a registered model.',
    input: ofVersion,
    answer: (office, at) => formOf(office, at),
  }),
  defineRoute({
    method: 'GET',
    path: `${AT}/get-download-uri`,
    permission: 'read',
    about: 'MLflow: where the files of a version are.',
    input: ofVersion,
    async answer({ desk }, at) {
      const { version } = versionIn(await desk.models(), at)
      return { artifact_uri: sourceOf(await desk.runs(), version.source, version.run).uri }
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${AT}/search`,
    permission: 'read',
    about: 'MLflow: versions that meet a filter.',
    input: z.object({ filter: text, max_results: whole.default(200), order_by: texts, page_token: text }),
    async answer(office, { filter, max_results, order_by, page_token }) {
      const { models } = await office.desk.models()
      const all = [...models.values()].flatMap((model) =>
        [...model.versions.values()].map((version) => ({ ...version, name: model.name, model })),
      )
      const matching = found(all, VERSIONS, { filter, orders: order_by }) as typeof all
      const { page, next } = pageOf(matching, {
        token: page_token,
        most: Math.min(Math.max(max_results, 1), MOST.runsOfPage),
        question: [filter, order_by],
        idOf: ({ name, version }) => `${name} ${version}`,
      })
      return {
        ...(page.length > 0 && {
          model_versions: page.map(({ model, ...one }) => versionForm(registryOf(office), model, one)),
        }),
        ...(next !== null && { next_page_token: next }),
      }
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: `${AT}/update`,
    permission: 'model.validate',
    about: 'MLflow: describe a version.',
    input: ofVersion.extend({ description: text }),
    async answer(office, { description, ...at }, asking) {
      await actOnRegistry(office, { ...editing(at), description }, asking)
      return formOf(office, at)
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/transition-stage`,
    permission: 'model.validate',
    about:
      'MLflow: give a version a stage, a label. Production is for what is in force where a committee governs.',
    input: ofVersion.extend({
      stage: z.string().transform((stage) => stage[0]?.toUpperCase() + stage.slice(1).toLowerCase()),
      archive_existing_versions: z.union([z.boolean(), z.stringbool()]).default(false),
    }),
    async answer(office, { stage, archive_existing_versions, ...at }, asking) {
      const { model, version } = versionIn(await office.desk.models(), at)
      const isKeptBack = isGoverned(office) && !isInForce(registryOf(office), at.name, version)
      await actOnRegistry(office, { ...editing(at), stage, isKeptBack }, asking)
      const others = archive_existing_versions
        ? [...model.versions.values()].filter((one) => one.stage === stage && one.version !== at.version)
        : []
      for (const { version } of others) {
        const commandId = `${asking.commandId}:archive-${version}`
        const command = { ...editing({ ...at, version }), stage: 'Archived' }
        await actOnRegistry(office, command, { ...asking, commandId })
      }
      return formOf(office, at)
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/set-tag`,
    permission: 'model.validate',
    about: 'MLflow: set a tag of a version.',
    input: ofVersion.extend(registryTag.shape),
    async answer(office, { key, value, ...at }, asking) {
      await actOnRegistry(office, { ...editing(at), tags: [{ key, value }] }, asking)
      return {}
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${AT}/delete-tag`,
    permission: 'model.validate',
    about: 'MLflow: take a tag of a version away.',
    input: ofVersion.extend({ key }),
    async answer(office, { key, ...at }, asking) {
      await actOnRegistry(office, { ...editing(at), tags: [{ key, value: null }] }, asking)
      return {}
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${AT}/delete`,
    permission: 'model.validate',
    about: 'MLflow: hide a version.',
    input: ofVersion,
    async answer(office, { name, version }, asking) {
      await actOnRegistry(
        office,
        { kind: 'remove version', name, version, reason: DELETED_BY_CLIENT },
        asking,
      )
      return {}
    },
  }),
]
