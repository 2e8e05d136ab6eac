/** `asof retire model`, `experiment` and `trainer`: what is over is taken out with a reason, and nothing of it is deleted. */
import type { Command } from 'commander'
import { experimentRetire, experimentRetireTrainer } from '../commands/experiment.ts'
import { modelRetire } from '../commands/model.ts'
import { existingKey } from '../keys.ts'
import { common, contextOf } from './context.ts'
import { signedCommand } from './sign.ts'
import { performed } from './site.ts'

type Signing = { reason: string; member: string; key: string }

export function addRetire(program: Command): void {
  const group = program
    .command('retire')
    .description('take out what is over, with a reason: a model in force, an experiment, a trainer')

  common(group.command('model'))
    .description(
      'take a model out of force with nothing in its place, as one member of the committee; what it holds is sold at the next close',
    )
    .argument('<model>', 'the model')
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--member <name>', 'the member who signs')
    .requiredOption('--key <file>', "the member's private key")
    .action(async (model: string, { reason, member, key }: Signing, command: Command) => {
      const context = contextOf(command)
      const asked = { model, member, reason }
      const { position, answer } = await signedCommand(context, modelRetire, {
        asked,
        privateKey: existingKey(key),
      })
      const text =
        answer === null
          ? `${model} is retired already, at log position ${position}`
          : `${model} is retired: promotion ${answer.inForce} (${answer.artifact.slice(0, 12)}) is in force no more, log position ${position}`
      context.answer(text, answer ?? { model, position })
    })

  common(group.command('experiment'))
    .description('start no trial in a family any more; those that were started count as they did')
    .argument('<family>', 'the family, which is the experiment of an MLflow client')
    .requiredOption('--reason <text>', 'why')
    .action(async (family: string, { reason }: { reason: string }, command: Command) => {
      const context = contextOf(command)
      const { position, answer } = await performed(context, experimentRetire, { input: { family, reason } })
      const text = `${family} is retired: log position ${position}. Its ${answer.trials} trials count as they did.`
      context.answer(text, { ...answer, position })
    })

  common(group.command('trainer'))
    .description('start no trial with a trainer any more; what it made is judged and made again as before')
    .argument('<trainer>', 'the trainer')
    .requiredOption('--reason <text>', 'why')
    .action(async (trainer: string, { reason }: { reason: string }, command: Command) => {
      const context = contextOf(command)
      const input = { trainer, reason }
      const { position, answer } = await performed(context, experimentRetireTrainer, { input })
      context.answer(`${trainer} is retired: log position ${position}`, { ...answer, position })
    })
}
