/** Registered models and their versions in the forms of MLflow's REST API. */
import type { RegistryState } from '../../projections/model/registry.ts'
import type { RegisteredView, VersionView } from '../../projections/tracking/registrations.ts'
import { listed, pairs } from './forms.ts'
import { aliasesOf, standingOf } from './verdict.ts'

export function versionForm(
  registry: RegistryState,
  model: RegisteredView,
  version: VersionView,
  withAliases = true,
) {
  const { status, message } = standingOf(registry, model.name, version)
  const aliases = [...aliasesOf(registry, model)].flatMap(([alias, of]) =>
    of === version.version ? [alias] : [],
  )
  return {
    name: model.name,
    version: String(version.version),
    creation_timestamp: version.created,
    last_updated_timestamp: version.updated,
    user_id: version.author,
    current_stage: version.stage,
    description: version.description,
    source: version.source,
    run_id: version.run,
    status,
    status_message: message,
    ...listed('tags', pairs(version.tags)),
    run_link: '',
    ...(withAliases ? listed('aliases', aliases) : {}),
    ...(version.loggedModel !== '' && { model_id: version.loggedModel }),
  }
}

/** The latest version in each stage. */
export function latestIn(
  { versions }: RegisteredView,
  stages: readonly string[] = [],
): readonly VersionView[] {
  const latest = new Map<string, VersionView>()
  for (const version of versions.values()) {
    const before = latest.get(version.stage)
    if (before === undefined || version.version > before.version) latest.set(version.stage, version)
  }
  return [...latest.values()].filter(({ stage }) => stages.length === 0 || stages.includes(stage))
}

export function registeredForm(registry: RegistryState, model: RegisteredView) {
  return {
    name: model.name,
    creation_timestamp: model.created,
    last_updated_timestamp: model.updated,
    description: model.description,
    ...listed(
      'latest_versions',
      latestIn(model).map((version) => versionForm(registry, model, version, false)),
    ),
    ...listed('tags', pairs(model.tags)),
    ...listed(
      'aliases',
      [...aliasesOf(registry, model)].map(([alias, version]) => ({ alias, version: String(version) })),
    ),
  }
}
