/** `asof policy`, `sign-policy`, `keygen`, `approve`, `promote` and `review`: who decides, and what they decided. */
import { mkdirSync } from 'node:fs'
import type { Command } from 'commander'
import { registry } from '../../projections/model/registry.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { publicKeyOf } from '../../schemas/kernel/signature.ts'
import { failedTests } from '../../schemas/promotion.ts'
import { openHoldout, promote, reviewCapital, setPolicy, sign, signPolicy } from '../actions.ts'
import { folderAt } from '../folder.ts'
import { existingKey, keyOf } from '../keys.ts'
import type { Platform } from '../platform.ts'
import { readPolicy } from '../policy-file.ts'
import { identityIn } from '../sealing.ts'
import { common, contextOf } from './context.ts'
import { fraction } from './numbers.ts'
import { actAtHead, withArchive, withPlatform } from './platform.ts'

export function addGovernance(program: Command): void {
  common(program.command('keygen'))
    .description("make a member's Ed25519 key in the platform's key folder and print its public half")
    .argument('<member>', 'the member')
    .action((member: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      const { keys } = folderAt(context.folder)
      const problems = 'the key that seals the log has this name; choose another'
      if (/^log(\.|$)/i.test(member)) throw refuse('spec.malformed', { file: 'asof keygen', problems })
      mkdirSync(keys, { recursive: true, mode: 0o700 })
      const publicKey = publicKeyOf(keyOf(keys, member))
      const line = { member, publicKey }
      context.answer(`- ${JSON.stringify(line)}`, line)
    })

  common(program.command('policy'))
    .description('put a policy in force that the committee signed: thresholds, committee, Sharpe rule')
    .argument('<file>', 'the policy')
    .action(async (path: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      const set = await readPolicy(path)
      await withPlatform(context, async (platform) => {
        await setPolicy(platform, set, await actAtHead(platform, context.actor, 'policy'))
      })
      context.answer(`Policy ${set.policy.version} is in force.`, set)
    })

  common(program.command('sign-policy'))
    .description("print a member's signature under a policy file, a line for its list of signatures")
    .argument('<file>', 'the policy')
    .requiredOption('--member <name>', 'the member who signs')
    .requiredOption('--key <file>', "the member's private key")
    .action(async (path: string, options: { member: string; key: string }, command: Command) => {
      const context = contextOf(command)
      const { policy } = await readPolicy(path)
      const { member } = options
      const privateKey = existingKey(options.key)
      await withArchive(context, async ({ folder, log, confirmed }) => {
        const { state } = await foldTo(log, NO_STORE, registry, { confirmed: await confirmed() })
        const inForce = { policy: state.policy, log: state.log ?? identityIn(folder) }
        const signed = signPolicy(policy, inForce, { member, privateKey })
        context.answer(`- ${JSON.stringify(signed)}`, signed)
      })
    })

  common(program.command('approve'))
    .description('sign the latest report on a model as a member of the committee')
    .argument('<model>', 'the model')
    .requiredOption('--member <name>', 'the member who signs')
    .requiredOption('--key <file>', "the member's private key")
    .option(
      '--artifact <digest>',
      'the model file, or how its digest begins; the only passed one unless given',
    )
    .option('--refuse', 'refuse instead', false)
    .option('--reason <text>', 'why', '')
    .action(async (model: string, options: Approve, command: Command) => {
      const context = contextOf(command)
      const { member, reason } = options
      const privateKey = existingKey(options.key)
      await withPlatform(context, async (platform) => {
        const { artifact, report } = reportOn(platform, model, options.artifact)
        const decision = options.refuse ? 'refuse' : 'approve'
        const signing = { model, artifact, report, member, decision, reason, privateKey } as const
        const { privateKey: _, ...said } = signing
        await sign(platform, signing, await actAtHead(platform, context.actor, `sign:${member}`))
        context.answer(`${member}: ${decision} ${model} (${artifact.slice(0, 12)}), report ${report}`, said)
      })
    })

  common(program.command('promote'))
    .description('put a model in force: it needs a passed report under the policy in force, and its quorum')
    .argument('<model>', 'the model')
    .option(
      '--artifact <digest>',
      'the model file, or how its digest begins; the only passed one unless given',
    )
    .action(async (model: string, options: { artifact?: string }, command: Command) => {
      const context = contextOf(command)
      await withPlatform(context, async (platform) => {
        const { artifact } = reportOn(platform, model, options.artifact)
        const act = await actAtHead(platform, context.actor, `promote:${model}`)
        const { position } = await promote(platform, { model, artifact }, act)
        context.answer(`${model} is in force: ${artifact}, log position ${position}`, {
          model,
          artifact,
          position,
        })
      })
    })

  common(program.command('open-holdout'))
    .description(
      'open the final holdout for a model that passed, as a member of the committee; counted for ever',
    )
    .argument('<model>', 'the model')
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--member <name>', 'the member who opens it')
    .requiredOption('--key <file>', "the member's private key")
    .option(
      '--artifact <digest>',
      'the model file, or how its digest begins; the only passed one unless given',
    )
    .action(async (model: string, options: Omit<Approve, 'refuse'>, command: Command) => {
      const context = contextOf(command)
      const { member, reason } = options
      const privateKey = existingKey(options.key)
      await withPlatform(context, async (platform) => {
        const { artifact } = reportOn(platform, model, options.artifact)
        const act = await actAtHead(platform, context.actor, `open-holdout:${artifact}`)
        await openHoldout(platform, { model, artifact, member, reason, privateKey }, act)
        const { report, verdict } = reportOn(platform, model, artifact)
        const text = `The holdout is open for ${model} (${artifact.slice(0, 12)}): ${verdict}, report ${report}`
        context.answer(text, { model, artifact, report, verdict })
      })
    })

  common(program.command('review'))
    .description('decide on the capital of a model after a cut, as a member of the committee')
    .argument('<model>', 'the model')
    .requiredOption('--fraction <number>', 'the fraction of full capital from now on', fraction)
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--member <name>', 'the member of the committee who reviews')
    .requiredOption('--key <file>', "the member's private key")
    .action(async (model: string, options: Review, command: Command) => {
      const context = contextOf(command)
      const { fraction, reason, member } = options
      const privateKey = existingKey(options.key)
      await withPlatform(context, async (platform) => {
        const act = await actAtHead(platform, context.actor, `review:${model}`)
        await reviewCapital(platform, { model, fraction, reason, member, privateKey }, act)
        context.answer(`${model} may use ${fraction} of its capital.`, { model, fraction, reason, member })
      })
    })
}

type Approve = { member: string; key: string; artifact?: string; refuse: boolean; reason: string }
type Review = { fraction: number; reason: string; member: string; key: string }

/** The report that is meant: on the artifact that was named, or the only one that passed. */
function reportOn(platform: Platform, model: string, artifact: string | undefined) {
  const reports = Object.values(platform.folds.registry.state().models[model]?.reports ?? {})
  const meant = reports.filter((report) =>
    artifact === undefined ? report.verdict === 'passed' : report.artifact.startsWith(artifact),
  )
  if (meant.length === 1) return meant[0]
  if (meant.length > 1)
    throw refuse('model.ambiguous', { model, artifacts: meant.map((one) => one.artifact).join(', ') })
  const [refused] = reports
  if (artifact === undefined && refused !== undefined)
    throw refuse('model.gate-refused', { model, tests: failedTests(reports.at(-1) ?? refused) })
  throw refuse('model.no-report', { model, artifact: artifact ?? 'of any run' })
}
