/** The command `asof`. Exit codes: 0 done, 1 refused or not equal or damaged, 2 a wrong argument, 70 a defect in Asof. */
import { Command, CommanderError } from 'commander'
import { printable } from '../../schemas/kernel/name.ts'
import { namedFault } from '../named.ts'
import { faultText } from './context.ts'
import { groupsFor } from './groups.ts'

const USAGE = 2
const DEFECT = 70

async function build(): Promise<Command> {
  const program = new Command('asof')
    .description(
      'Every arrival, feature, experiment, approval and prediction is an event; any past moment can be replayed.',
    )
    .showHelpAfterError('(asof <command> --help shows what it takes)')
    .exitOverride()
    // A command that has commands of its own leaves them their options.
    .enablePositionalOptions()
  const groups = groupsFor(process.argv[2])
  for (const add of await Promise.all(groups.map(({ load }) => load()))) add(program)
  inherit(program)
  return program
}

function inherit(parent: Command): void {
  for (const command of parent.commands) inherit(command.exitOverride().copyInheritedSettings(parent))
}

async function main(): Promise<number> {
  try {
    const program = await build()
    await program.parseAsync(process.argv)
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
    const fault = namedFault(error)
    if (fault !== null) {
      process.stderr.write(faultText(fault, process.argv.includes('--json')))
      return 1
    }
    process.stderr.write(
      `A defect in Asof: ${printable(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`,
    )
    return DEFECT
  }
}

const code = await main()
// What stands in a pipe is written out first.
process.stdout.write('', () => process.exit(code))
