/** `asof manifest`: the jobs of a run as manifests for Kubernetes, with the packages that they name. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { experiments } from '../../projections/experiment/experiments.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { yamlOf } from '../../streams/sources/yaml-text.ts'
import type { TrainingConfig } from '../trainers/config.ts'
import { manifestOf, type Where } from '../trainers/ray/manifest.ts'
import { siteOf } from '../trainers/site.ts'
import { jobsOf, taskOf, walkForwardOf } from '../trainers/task.ts'
import { common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'

type Options = Readonly<{
  packages: string
  output: string
  cluster?: string
  image?: string
  pool?: string
  namespace?: string
}>

export function addManifest(program: Command): void {
  common(program.command('manifest'))
    .description(
      "write a run's jobs as RayJob manifests for Kubernetes, and the packages that they name; nothing is recorded or begun",
    )
    .argument('<run>', 'the run')
    .requiredOption(
      '--packages <url>',
      'where you put the packages, as the cluster reads them: s3://bucket/asof',
    )
    .requiredOption('--output <folder>', 'where they are written')
    .addOption(new Option('--cluster <name>', 'a RayCluster that is there').conflicts('image'))
    .option('--image <image>', 'a cluster of its own for each job, of this image')
    .option('--pool <pool>', "the pool of kind ray that says what a job has; the trainer's own unless given")
    .option('--namespace <name>', 'the namespace')
    .action(async (run: string, options: Options, command: Command) => {
      const context = contextOf(command)
      const { packages, output, namespace = null } = options
      await withArchive(context, async (archive) => {
        const { log, chunks, confirmed } = archive
        const { state } = await foldTo(log, NO_STORE, experiments, { confirmed: await confirmed() })
        const site = await siteOf(archive)
        const { environmentFor } = site
        const task = await taskOf({ state, chunks, environmentFor }, run)
        const wanted = options.pool ?? site.poolFor(task.run.spec.trainer).name
        const asked = { pool: poolIn(site.config, wanted), where: whereOf(options), namespace, packages }
        const of = { which: walkForwardOf(task), part: 'walk-forward', of: context.actor }
        const manifests = jobsOf(task, of).map((job) => manifestOf(job, asked))
        mkdirSync(output, { recursive: true })
        for (const { file, bytes } of manifests) writeFileSync(join(output, file), bytes)
        const path = join(output, 'rayjobs.yaml')
        writeFileSync(path, manifests.map(({ rayJob }) => yamlOf(rayJob)).join('---\n'))
        const files = manifests.map(({ file }) => file)
        const text = `${path}: ${files.length} jobs. Copy the ${files.length} packages beside it to ${packages}, then kubectl apply -f ${path}.`
        context.answer(text, { run, manifest: path, packages: files })
      })
    })
}

function poolIn({ pools }: TrainingConfig, name: string) {
  const pool = Object.hasOwn(pools, name) ? pools[name] : undefined
  if (pool?.kind === 'ray') return pool
  const known = Object.entries(pools).flatMap(([one, { kind }]) => (kind === 'ray' ? [one] : []))
  throw refuse('trainer.no-ray-pool', { pool: name, known: known.join(', ') || 'none' })
}

function whereOf({ cluster, image }: Options): Where {
  if (cluster !== undefined) return { cluster }
  if (image !== undefined) return { image }
  throw refuse('spec.malformed', { file: 'asof manifest', problems: 'it has --cluster or --image' })
}
