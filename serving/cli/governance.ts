/** `asof policy`, `sign-policy`, `keygen`, `approve`, `promote` and `review`: who decides, and what they decided. */
import { mkdirSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { registry } from '../../projections/model/registry.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { type Service, service as services } from '../../schemas/events/model.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { publicKeyOf } from '../../schemas/kernel/signature.ts'
import { signPolicy } from '../actions.ts'
import { approvalSign, policySet } from '../commands/approval.ts'
import { capitalReview } from '../commands/capital.ts'
import { modelOpenHoldout, modelPromote, modelRollBack } from '../commands/model.ts'
import { folderAt } from '../folder.ts'
import { existingKey, keyOf } from '../keys.ts'
import { readPolicy } from '../policy-file.ts'
import { identityIn } from '../sealing.ts'
import { common, contextOf } from './context.ts'
import { fraction, whole } from './numbers.ts'
import { withArchive } from './platform.ts'
import { signedCommand } from './sign.ts'
import { performed } from './site.ts'

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
      await performed(context, policySet, { input: set })
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
      const decision = options.refuse ? 'refuse' : 'approve'
      const asked = { model, artifact: options.artifact, member, decision, reason } as const
      const { answer } = await signedCommand(context, approvalSign, { asked, privateKey })
      const { artifact = '', report = '' } = answer ?? {}
      context.answer(`${member}: ${decision} ${model} (${artifact.slice(0, 12)}), report ${report}`, answer)
    })

  common(program.command('promote'))
    .description('put a model in force: it needs a passed report under the policy in force, and its quorum')
    .argument('<model>', 'the model')
    .option(
      '--artifact <digest>',
      'the model file, or how its digest begins; the only passed one unless given',
    )
    .addOption(
      new Option(
        '--service <class>',
        'durable: what it answers is recorded first; after: recorded behind the answer, for a model that trades nothing',
      )
        .choices(services.options)
        .default('durable'),
    )
    .action(async (model: string, options: { artifact?: string; service: Service }, command: Command) => {
      const context = contextOf(command)
      const { artifact: wanted, service } = options
      const input = { model, service, ...(wanted !== undefined && { artifact: wanted }) }
      const { position, answer } = await performed(context, modelPromote, { input })
      const { artifact } = answer
      const trades = answer.service === 'durable' ? '' : ', and trades nothing'
      context.answer(`${model} is in force: ${artifact}, log position ${position}${trades}`, {
        ...answer,
        position,
      })
    })

  common(program.command('roll-back'))
    .description(
      'put the model in force again that was before the one that is, as one member of the committee',
    )
    .argument('<model>', 'the model')
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--member <name>', 'the member who signs')
    .requiredOption('--key <file>', "the member's private key")
    .option(
      '--from <position>',
      'the promotion that is rolled back from, where that came by a roll-back itself: to go one further back',
      whole(1, Number.MAX_SAFE_INTEGER),
    )
    .action(async (model: string, options: RollBack, command: Command) => {
      const context = contextOf(command)
      const { member, reason, from } = options
      const privateKey = existingKey(options.key)
      const asked = { model, member, reason, ...(from !== undefined && { inForce: from }) }
      const { answer } = await signedCommand(context, modelRollBack, { asked, privateKey })
      const { artifact = '', inForce = 0, former = 0, promotion = 0 } = answer ?? {}
      const text =
        answer === null
          ? `${model} is rolled back already`
          : `${model} is rolled back from promotion ${inForce} to the file of promotion ${former}: ${artifact}, in force by promotion ${promotion}`
      context.answer(text, answer)
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
      const asked = { model, artifact: options.artifact, member, reason }
      const { answer } = await signedCommand(context, modelOpenHoldout, { asked, privateKey })
      const { artifact = '', report = '', verdict = '' } = answer ?? {}
      const text = `The holdout is open for ${model} (${artifact.slice(0, 12)}): ${verdict}, report ${report}`
      context.answer(text, answer)
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
      const asked = { model, fraction, reason, member }
      await signedCommand(context, capitalReview, { asked, privateKey })
      context.answer(`${model} may use ${fraction} of its capital.`, asked)
    })
}

type Approve = { member: string; key: string; artifact?: string; refuse: boolean; reason: string }
type RollBack = Omit<Approve, 'refuse' | 'artifact'> & { from?: number }
type Review = { fraction: number; reason: string; member: string; key: string }
