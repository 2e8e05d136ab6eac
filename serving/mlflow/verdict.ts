/** What became of a version that was registered: the gate's word on its file, and which aliases stand for it. */
import type { RegistryState } from '../../projections/model/registry.ts'
import type { RegisteredView, VersionView } from '../../projections/tracking/registrations.ts'

export type Standing = Readonly<{
  status: 'READY' | 'PENDING_REGISTRATION' | 'FAILED_REGISTRATION'
  message: string
}>

export function standingOf(registry: RegistryState, name: string, version: VersionView): Standing {
  if (!version.isGoverned)
    return {
      status: 'READY',
      message: 'No policy was in force, so that nobody judged it. It is not promoted.',
    }
  if (version.artifact === null) {
    const lacks = version.missing.join(', ')
    const message = `The gate has nothing to judge: no run of the platform made one of its files. It lacks: ${lacks}.`
    return { status: 'FAILED_REGISTRATION', message }
  }
  const report = registry.models[name]?.reports[version.artifact]
  if (report === undefined)
    return {
      status: 'PENDING_REGISTRATION',
      message: 'The gate has not spoken yet: asof work tells how far it is.',
    }
  if (report.verdict === 'passed') return { status: 'READY', message: 'The gate passed it.' }
  const failing = report.tests.find(({ passed }) => !passed)
  const said =
    failing === undefined
      ? 'The gate refused it.'
      : `The gate refused it: ${failing.test} is ${failing.value ?? 'not measured'}, ${failing.comparison} ${failing.threshold} is needed.`
  return { status: 'FAILED_REGISTRATION', message: said }
}

/** Whether the version's file is in force under the model's name. */
export const isInForce = (registry: RegistryState, name: string, { artifact }: VersionView): boolean =>
  artifact !== null && registry.models[name]?.live?.artifact === artifact

/**
 * Each alias with the version that it stands for: the latest that it was proposed for and that may have it. Once a committee governs it, it
 * does not fall back to one that nobody judged.
 */
export function aliasesOf(registry: RegistryState, model: RegisteredView): ReadonlyMap<string, number> {
  const aliases = new Map<string, number>()
  const unjudged = new Set<string>()
  for (const { alias, version, isGoverned } of model.proposals) {
    const view = model.versions.get(version)
    if (isGoverned && unjudged.delete(alias)) aliases.delete(alias)
    if (view === undefined || (isGoverned && !isInForce(registry, model.name, view))) continue
    aliases.set(alias, version)
    if (!isGoverned) unjudged.add(alias)
  }
  return aliases
}
