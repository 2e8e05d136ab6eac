/** A schema registry: which schemas are registered under which subjects. Its ids follow from the schemas, so that losing it loses none. */
import { type Schema, schemaProblem } from '../../../schemas/avro.ts'
import { canonicalJson, sha256 } from '../../../schemas/kernel/canonical.ts'
import { incompatibility } from '../../../schemas/topics/compatibility.ts'

export const COMPATIBILITIES = ['NONE', 'BACKWARD', 'FORWARD', 'FULL'] as const
export type Compatibility = (typeof COMPATIBILITIES)[number]

export type Registered = Readonly<{ subject: string; version: number; id: number; schema: string }>

/** What a registry answers where it cannot do what it was asked for, as Confluent's does. */
export type RegistryFailure = Readonly<{ status: number; error_code: number; message: string }>
export type Answer<T> = Readonly<{ ok: true; value: T } | { ok: false; failure: RegistryFailure }>

const done = <T>(value: T): Answer<T> => ({ ok: true, value })
const failed = (status: number, code: number, message: string): Answer<never> => ({
  ok: false,
  failure: { status, error_code: code, message },
})
const noSubject = (subject: string) => failed(404, 40401, `Subject '${subject}' not found.`)

/** What is kept of a registry. */
export type Kept = Readonly<{
  /** In the order in which they were registered. */
  schemas: readonly Registered[]
  levels: Readonly<Record<string, Compatibility>>
}>

export class SchemaStore {
  readonly #subjects = new Map<string, Registered[]>()
  readonly #byId = new Map<number, string>()
  readonly #levels = new Map<string, Compatibility>()

  constructor(kept: Kept = { schemas: [], levels: {} }) {
    for (const one of kept.schemas) this.#add(one)
    for (const [subject, level] of Object.entries(kept.levels)) this.#levels.set(subject, level)
  }

  kept(): Kept {
    return { schemas: [...this.#subjects.values()].flat(), levels: Object.fromEntries(this.#levels) }
  }

  subjects(): readonly string[] {
    return [...this.#subjects.keys()]
  }

  schema(id: number): Answer<{ schema: string }> {
    const schema = this.#byId.get(id)
    return schema === undefined ? failed(404, 40403, 'Schema not found') : done({ schema })
  }

  /** @param version `latest`, or a number from 1 */
  version(subject: string, version: string): Answer<Registered> {
    const versions = this.#subjects.get(subject)
    if (versions === undefined) return noSubject(subject)
    const found =
      version === 'latest' ? versions.at(-1) : versions.find((one) => String(one.version) === version)
    return found === undefined ? failed(404, 40402, `Version ${version} not found.`) : done(found)
  }

  /** Whether exactly this schema is registered under a subject. */
  lookUp(subject: string, text: string): Answer<Registered> {
    const parsed = parse(text)
    if (!parsed.ok) return parsed
    if (!this.#subjects.has(subject)) return noSubject(subject)
    return this.#same(subject, parsed.value) ?? failed(404, 40403, 'Schema not found')
  }

  register(subject: string, text: string): Answer<{ id: number }> {
    const parsed = parse(text)
    if (!parsed.ok) return parsed
    const same = this.#same(subject, parsed.value)
    if (same !== null) return same
    const problem = this.#objection(subject, parsed.value, 'latest')
    if (!problem.ok) return problem
    if (problem.value !== null)
      return failed(
        409,
        409,
        `Schema being registered is incompatible with an earlier schema: ${problem.value}`,
      )
    const schema = canonicalJson(parsed.value)
    const id = idOf(schema)
    const taken = this.#byId.get(id)
    if (taken !== undefined && taken !== schema)
      return failed(500, 50001, `Two schemas have the id ${id}; change the doc of one of them.`)
    const version = (this.#subjects.get(subject)?.length ?? 0) + 1
    this.#add({ subject, version, id, schema })
    return done({ id })
  }

  compatible(
    subject: string,
    version: string,
    text: string,
  ): Answer<{ is_compatible: boolean; messages: string[] }> {
    const parsed = parse(text)
    if (!parsed.ok) return parsed
    const found = this.version(subject, version)
    if (!found.ok) return found
    const problem = this.#objection(subject, parsed.value, version)
    if (!problem.ok) return problem
    return done({
      is_compatible: problem.value === null,
      messages: problem.value === null ? [] : [problem.value],
    })
  }

  level(subject: string): Answer<{ compatibilityLevel: Compatibility }> {
    const level = this.#levels.get(subject)
    return level === undefined
      ? failed(404, 40408, `Subject '${subject}' does not have subject-level compatibility configured`)
      : done({ compatibilityLevel: level })
  }

  setLevel(subject: string, level: string): Answer<{ compatibility: Compatibility }> {
    const known = COMPATIBILITIES.find((one) => one === level)
    if (known === undefined)
      return failed(422, 42203, `Invalid compatibility level. Valid values are ${COMPATIBILITIES.join(', ')}`)
    this.#levels.set(subject, known)
    return done({ compatibility: known })
  }

  /** Why a schema may not follow a version; null where it may. BACKWARD unless the subject says otherwise. */
  #objection(subject: string, schema: Schema, version: string): Answer<string | null> {
    const before = this.version(subject, version)
    if (!before.ok) return done(null)
    const level = this.#levels.get(subject) ?? 'BACKWARD'
    const old = JSON.parse(before.value.schema) as Schema
    const back = level === 'BACKWARD' || level === 'FULL' ? incompatibility(schema, old) : null
    const forth = level === 'FORWARD' || level === 'FULL' ? incompatibility(old, schema) : null
    return done(back ?? forth)
  }

  #same(subject: string, schema: Schema): Answer<Registered> | null {
    const text = canonicalJson(schema)
    const found = this.#subjects.get(subject)?.find((one) => one.schema === text)
    return found === undefined ? null : done(found)
  }

  #add(one: Registered): void {
    this.#subjects.set(one.subject, [...(this.#subjects.get(one.subject) ?? []), one])
    this.#byId.set(one.id, one.schema)
  }
}

/** 31 bits of the schema's digest: a registry that is made anew gives a schema the id that it had. */
const idOf = (schema: string): number => Number.parseInt(sha256(schema).slice(0, 8), 16) & 0x7fffffff || 1

function parse(text: string): Answer<Schema> {
  const invalid = (problem: string) =>
    failed(422, 42201, `Input schema is an invalid Avro schema: ${problem}`)
  if (typeof text !== 'string') return invalid('it is no text')
  try {
    const schema = JSON.parse(text) as Schema
    const problem = schemaProblem(schema)
    return problem === null ? done(schema) : invalid(problem)
  } catch {
    return invalid('it is not JSON')
  }
}
