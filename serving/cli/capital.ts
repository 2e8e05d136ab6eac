/** `asof halt`, `unhalt`, `raise` and `capital simulate`: stopped by one member, set going again by two, given back step by step. */
import type { Command } from 'commander'
import { REVIEW_AFTER, simulationOf } from '../capital/simulation.ts'
import { capitalHalt, capitalUnhalt } from '../commands/halt.ts'
import { capitalRaise } from '../commands/raise.ts'
import { existingKey } from '../keys.ts'
import { readPolicy } from '../policy-file.ts'
import { common, contextOf } from './context.ts'
import { fraction as fractionIn, whole } from './numbers.ts'
import { withArchive } from './platform.ts'
import { signedCommand } from './sign.ts'
import { simulationText } from './simulation.ts'

type Signing = Readonly<{ member: string; key: string; reason: string }>

const signing = (program: Command, name: string, about: string): Command =>
  common(program.command(name))
    .description(about)
    .argument('<model>', 'the model')
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--member <name>', 'the member of the committee who signs')
    .requiredOption('--key <file>', "the member's private key")

export function addCapital(program: Command): void {
  signing(program, 'raise', 'give a model the next step of the ladder, as a member of the committee')
    .requiredOption('--fraction <number>', 'the fraction of full capital from now on', fractionIn)
    .action(async (model: string, options: Signing & { fraction: number }, command: Command) => {
      const context = contextOf(command)
      const { fraction, reason, member, key } = options
      const asked = { model, fraction, reason, member }
      await signedCommand(context, capitalRaise, { asked, privateKey: existingKey(key) })
      context.answer(`${model} may use ${fraction} of its capital.`, asked)
    })

  signing(
    program,
    'halt',
    'stop a model at once, as one member: it may use no capital until two end that',
  ).action(async (model: string, { member, key, reason }: Signing, command: Command) => {
    const context = contextOf(command)
    const asked = { model, member, reason }
    const { answer, position } = await signedCommand(context, capitalHalt, {
      asked,
      privateKey: existingKey(key),
    })
    const told = answer ?? { ...asked, halt: position }
    context.answer(
      `${model} is halted: log position ${told.halt}. asof unhalt ends that, by two members.`,
      told,
    )
  })

  signing(
    program,
    'unhalt',
    'sign that a halted model may trade again; it does when two members have signed',
  ).action(async (model: string, { member, key, reason }: Signing, command: Command) => {
    const context = contextOf(command)
    const asked = { model, member, reason }
    const { answer } = await signedCommand(context, capitalUnhalt, { asked, privateKey: existingKey(key) })
    context.answer(
      answer === null ? `${member} has signed that ${model} may trade again.` : textOf(answer),
      answer,
    )
  })

  const capital = program.command('capital').description('what capital rules do: replayed over history')
  common(capital.command('simulate'))
    .description(
      "replay a policy's capital rules over what a model earned: its cuts, and what each cost or saved",
    )
    .argument('<model>', 'the model')
    .option('--policy <file>', 'the policy; the one in force unless it is told')
    .option('--review-after <sessions>', 'sessions from a cut to its review', whole(1, 252), REVIEW_AFTER)
    .action(async (model: string, options: { policy?: string; reviewAfter: number }, command: Command) => {
      const context = contextOf(command)
      const { policy: file, reviewAfter } = options
      const rules = file === undefined ? undefined : (await readPolicy(file)).policy
      await withArchive(context, async (archive) => {
        const found = await simulationOf(archive, { model, rules, reviewAfter })
        context.answer(simulationText(found), found)
      })
    })
}

function textOf(
  answer: Readonly<{
    model: string
    ended: boolean
    signed: readonly string[]
    required: number
    capital: number
  }>,
): string {
  const { model, ended, signed, required, capital } = answer
  return ended
    ? `${model} may use ${capital} of its capital again.`
    : `${model} is still halted: ${signed.length} of ${required} signatures (${signed.join(', ')}). Another member signs: asof unhalt.`
}
