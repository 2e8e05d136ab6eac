/** The rules of CONTRIBUTING.md that a program can check, each with the places that are let off and why. */
import { type Source, targetOf } from './source.ts'

export type Problem = Readonly<{ path: string; rule: string; what: string }>

const startsWithAny = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`))

/** What each part may import, the narrowest part first. */
const ARROWS: readonly [part: string, may: readonly string[]][] = [
  ['schemas', ['schemas']],
  ['streams/log', ['schemas', 'streams/log']],
  ['streams', ['schemas', 'streams']],
  ['commands', ['schemas', 'streams', 'commands']],
  ['projections', ['schemas', 'streams/log', 'projections']],
  ['serving', ['schemas', 'streams', 'commands', 'projections', 'serving']],
]

export function arrows(sources: readonly Source[]): Problem[] {
  return sources.flatMap(({ path, imports }) => {
    const [, may] = ARROWS.find(([part]) => startsWithAny(path, [part])) ?? ['', []]
    return targets(path, imports)
      .filter((target) => !startsWithAny(target, may))
      .map((target) => ({ path, rule: 'arrows', what: `imports ${target}` }))
  })
}

const targets = (path: string, imports: readonly string[]): string[] =>
  imports.filter((specifier) => specifier.startsWith('.')).map((specifier) => targetOf(path, specifier))

/**
 * What each part of `streams/` may import, besides `schemas` and itself. A part stands below those that it imports, so there
 * is no circle of folders. ARCHITECTURE.md shows the same table.
 */
export const STREAMS: Readonly<Record<string, readonly string[]>> = {
  'processor.ts': [],
  'difference.ts': [],
  log: [],
  statistics: [],
  calendar: [],
  relay: ['log'],
  watch: [],
  sources: ['log', 'calendar', 'relay', 'watch'],
  features: ['log', 'calendar', 'sources', 'processor.ts'],
  portfolio: ['statistics'],
  inference: ['log', 'calendar', 'portfolio', 'processor.ts'],
  training: ['log', 'statistics', 'calendar', 'features', 'portfolio', 'inference', 'processor.ts'],
  monitoring: ['log', 'statistics', 'calendar', 'portfolio', 'inference', 'training', 'processor.ts'],
  'cursor.ts': ['log'],
  'quarantine.ts': ['log', 'processor.ts'],
  'said.ts': ['processor.ts', 'difference.ts'],
  'snapshot.ts': ['log', 'processor.ts', 'quarantine.ts'],
  'versions.ts': ['log', 'processor.ts', 'quarantine.ts'],
  'pipeline.ts': [
    'log',
    'processor.ts',
    'said.ts',
    'cursor.ts',
    'quarantine.ts',
    'snapshot.ts',
    'versions.ts',
  ],
}

const partOf = (path: string): string | undefined => /^streams\/([^/]+)/.exec(path)?.[1]

export function streamArrows(sources: readonly Source[]): Problem[] {
  return sources.flatMap(({ path, imports }) => {
    const part = partOf(path)
    if (part === undefined) return []
    if (!Object.hasOwn(STREAMS, part))
      return [{ path, rule: 'streamArrows', what: `${part} is not in the table` }]
    return targets(path, imports)
      .filter((target) => {
        const other = partOf(target)
        return other !== undefined && other !== part && !STREAMS[part].includes(other)
      })
      .map((target) => ({ path, rule: 'streamArrows', what: `imports ${target}` }))
  })
}

/** Files that import each other, however far about; each circle is named once. */
export function circles(sources: readonly Source[]): Problem[] {
  const edges = new Map(sources.map(({ path, imports }) => [path, targets(path, imports)]))
  const done = new Set<string>()
  const found: Problem[] = []
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) {
      const circle = [...way.slice(way.indexOf(path)), path].join(' -> ')
      found.push({ path, rule: 'circles', what: circle })
      return
    }
    if (done.has(path)) return
    for (const next of edges.get(path) ?? []) visit(next, [...way, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return found
}

/** Where each package from outside is named. One folder is the rule; more than one needs its reason. */
export const VENDORS: Readonly<Record<string, Readonly<{ folders: readonly string[]; why?: string }>>> = {
  '@aws-sdk/client-s3': { folders: ['streams/log/chunks/s3'] },
  '@cedar-policy/cedar-wasm': { folders: ['commands/access'] },
  '@grpc/grpc-js': { folders: ['serving/grpc'] },
  '@grpc/proto-loader': { folders: ['serving/grpc'] },
  '@grpc/reflection': { folders: ['serving/grpc'] },
  '@cyclonedx/cyclonedx-library': { folders: ['serving/artifacts'] },
  '@duckdb/node-api': { folders: ['streams/sources'] },
  '@napi-rs/nice': { folders: ['serving/lanes'] },
  '@kurrent/kurrentdb-client': { folders: ['streams/log/kurrentdb'] },
  '@kafkajs/confluent-schema-registry': { folders: ['streams/relay/kafka'] },
  '@observablehq/plot': {
    folders: ['commands/gate/page', 'serving/console'],
    why: 'the report is drawn where there is no browser, and the console where there is one',
  },
  'apache-arrow': {
    folders: ['streams/log', 'streams/sources'],
    why: 'chunks are Arrow files, and so is a kind of source',
  },
  avsc: { folders: ['schemas'] },
  birpc: { folders: ['serving/lanes'] },
  canonicalize: { folders: ['schemas/kernel'] },
  commander: { folders: ['serving/cli'] },
  fastify: { folders: ['serving/http'] },
  fflate: {
    folders: ['serving/claims', 'serving/trainers/ray'],
    why: 'one archive goes to an auditor, and one to Ray',
  },
  htmlparser2: { folders: ['streams/sources'] },
  'hyparquet-writer': { folders: ['serving/retrieval'] },
  ioredis: { folders: ['streams/features/online/redis'] },
  jose: { folders: ['serving/access'] },
  kafkajs: {
    folders: ['streams/relay/kafka', 'streams/sources/kafka'],
    why: 'a log is published to topics, and data sets come from them',
  },
  linkedom: { folders: ['commands/gate/page'] },
  'ml-matrix': {
    folders: ['streams/statistics', 'streams/training'],
    why: 'matrix algebra has no state and no other side to swap it for',
  },
  nodemailer: { folders: ['serving/notify'] },
  'onnxruntime-node': { folders: ['streams/inference'] },
  piscina: {
    folders: ['serving/inference', 'serving/lanes', 'serving/replaying', 'streams/watch'],
    why: 'a thread is where work can be ended, whatever the work is',
  },
  'prom-client': { folders: ['serving/http'] },
  '@opentelemetry/api': { folders: ['serving'] },
  '@opentelemetry/sdk-trace-base': { folders: ['serving'] },
  '@opentelemetry/exporter-trace-otlp-http': { folders: ['serving'] },
  '@opentelemetry/resources': { folders: ['serving'] },
  protobufjs: { folders: ['streams/inference'] },
  yaml: { folders: ['streams/sources'] },
  zod: {
    folders: ['schemas', 'serving', 'streams/features', 'streams/log', 'streams/sources'],
    why: 'events and files that a person wrote are checked where they enter',
  },
}

export function vendors(sources: readonly Source[]): Problem[] {
  return sources.flatMap(({ path, imports }) =>
    imports
      .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .map((specifier) => specifier.match(/^(?:@[^/]+\/)?[^/]+/)?.[0] ?? specifier)
      .filter((name) => !Object.hasOwn(VENDORS, name) || !startsWithAny(path, VENDORS[name].folders))
      .map((name) => ({ path, rule: 'vendors', what: `names ${name}` })),
  )
}

/** The only files of the pure folders that touch what is outside. The list may shrink, and not grow. */
export const ADAPTERS: Readonly<Record<string, string>> = {
  'projections/store.ts': 'keeps states in a database',
  'projections/store-tables.ts': 'is its tables',
  'streams/log/backup/folder.ts': 'keeps backups in a folder',
  'streams/log/arrivals.ts': 'waits for another process',
  'streams/log/chunks/cache.ts': 'keeps chunks of another store in a folder',
  'streams/log/chunks/folder.ts': 'keeps chunks in a folder',
  'streams/log/kurrentdb': 'a server, and the folder of its copy',
  'streams/log/chunks/s3': 'keeps chunks in a bucket',
  'streams/log/embedded': 'the log in a folder',
  'streams/log/files.ts': 'writes files durably',
  'streams/log/unsynced.ts': 'writes files, which are made durable together',
  'streams/log/regular.ts': 'reads whole files within limits',
  'streams/log/reader.ts': 'lets other work have its turn between pages',
  'streams/log/seal/head.ts': 'keeps the checkpoint of the last commit in a file',
  'streams/log/seal/live.ts': 'publishes tiles now and then',
  'streams/log/seal/sync-thread.ts': 'syncs that file in a thread of its own',
  'streams/log/seal/sync-worker.ts': 'is that thread',
  'streams/log/seal/sealer.ts': 'keeps tiles and checkpoints in a folder',
  'streams/log/verify.ts': 'lets other work have its turn between pages',
  'streams/log/verify': 'walks the files of a log',
  'streams/log/writer.ts': 'groups the appends of a tick',
  'streams/relay/kafka': 'speaks to brokers and registries',
  'streams/relay/registry/server.ts': 'serves schemas over HTTP',
  'streams/sources': 'reads files',
  'streams/watch': 'ends the process that it watches',
}

/** Law 5: no clock, randomness, environment, file, network or locale in what is pure. */
const LOCALE = 'the locale'
const IMPURE: readonly [what: string, pattern: RegExp][] = [
  ['a clock', /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bperformance\.now\b|\bhrtime\b/],
  ['randomness', /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\bgetRandomValues\b|\bgenerateKeyPair/],
  ['the environment', /\bprocess\b\s*[.[]|\bglobalThis\b|\bnavigator\b/],
  ['a timer', /\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/],
  ['the console', /\bconsole\b/],
  ['the network', /\bfetch\b|\bWebSocket\b/],
  [LOCALE, /\blocaleCompare\b|\btoLocale\w*\b|\bIntl\b/],
]
const IMPURE_MODULES =
  /^node:(?:fs|net|http|https|http2|dns|tls|dgram|child_process|os|worker_threads|timers|process|sqlite|readline|perf_hooks|vm)\b/

export function purity(sources: readonly Source[]): Problem[] {
  return sources
    .filter(({ path }) => !path.startsWith('serving/') && !startsWithAny(path, Object.keys(ADAPTERS)))
    .flatMap(({ path, code, imports }) => [
      ...IMPURE.filter(([, pattern]) => pattern.test(code))
        .filter(([what]) => what !== LOCALE || !Object.hasOwn(LOCALES, path))
        .map(([what]) => ({
          path,
          rule: 'purity',
          what: `touches ${what}`,
        })),
      ...imports
        .filter((specifier) => IMPURE_MODULES.test(specifier))
        .map((specifier) => ({ path, rule: 'purity', what: `imports ${specifier}` })),
    ])
}

/** Adapters may touch the outside, but even they have no randomness, and no locale that is not named. */
export const LOCALES: Readonly<Record<string, string>> = {
  'commands/gate/page/format.ts': 'figures in a named locale',
  'streams/calendar/zone.ts': 'the rules of a named zone, in a named locale',
}

export function locales(sources: readonly Source[]): Problem[] {
  return sources
    .filter(({ path }) => !path.startsWith('serving/') && !Object.hasOwn(LOCALES, path))
    .filter(({ code }) =>
      /\blocaleCompare\b|\btoLocale\w*\b|\bIntl\b|\bMath\.random\b|\brandomUUID\b/.test(code),
    )
    .map(({ path }) => ({ path, rule: 'locales', what: 'reads a locale or makes something random' }))
}

const MOST_LINES = 300

const FORMS: readonly [what: string, pattern: RegExp][] = [
  ['has a default export', /\bexport\s+default\b/],
  ['exports everything of another file', /\bexport\s*(?:type\s*)?\*/],
  ['says any', /[:<,|&(=]\s*any\b|\bas\s+any\b|\bany\[\]/],
  ['has an enum', /\benum\s+\w/],
  ['asserts that something is not null', /[\w)\]]!(?:\.|\[|\(|\)|,|;|\s*$|\s*\n)/m],
]

export function forms(sources: readonly Source[]): Problem[] {
  return sources.flatMap(({ path, text, code }) => {
    const lines = text.split('\n').length - 1
    const problems = FORMS.filter(([, pattern]) => pattern.test(code)).map(([what]) => what)
    if (!/^\/\*\*(?:[^\n]*|\s*\n \* [^\n]*)\w/.test(text))
      problems.push('does not begin by saying what it is for')
    if (lines > MOST_LINES) problems.push(`has ${lines} lines`)
    return problems.map((what) => ({ path, rule: 'forms', what }))
  })
}
