/** The command `asof`. Exit codes: 0 done, 1 refused or not equal or damaged, 2 a wrong argument, 70 a defect in Asof. */
import { Command, CommanderError } from 'commander'
import { printable } from '../../schemas/kernel/name.ts'
import { namedFault } from '../named.ts'
import { addAccess } from './access.ts'
import { addAlert } from './alert.ts'
import { addClaim } from './claim.ts'
import { faultText } from './context.ts'
import { addData } from './data.ts'
import { addExecution } from './execution.ts'
import { addExport } from './export.ts'
import { addFeatures } from './features.ts'
import { addGovernance } from './governance.ts'
import { addHistory } from './history.ts'
import { addLineage } from './lineage.ts'
import { addOffsets } from './offsets.ts'
import { addOnline } from './online.ts'
import { addPredict } from './predict.ts'
import { addProof } from './proof.ts'
import { addQuarantine } from './quarantine.ts'
import { addReplicas } from './replicas.ts'
import { addResearch } from './research.ts'
import { addRuns } from './runs.ts'
import { addServe } from './serve.ts'
import { addShadow } from './shadow.ts'
import { addTrials } from './trials.ts'
import { addWitness } from './witness.ts'
import { addWork } from './work.ts'

const USAGE = 2
const DEFECT = 70

function build(): Command {
  const program = new Command('asof')
    .description(
      'Every arrival, feature, experiment, approval and prediction is an event; any past moment can be replayed.',
    )
    .showHelpAfterError('(asof <command> --help shows what it takes)')
    .exitOverride()
    // A command that has commands of its own leaves them their options.
    .enablePositionalOptions()
  for (const add of [
    addServe,
    addReplicas,
    addData,
    addFeatures,
    addResearch,
    addPredict,
    addShadow,
    addExport,
    addTrials,
    addRuns,
    addAlert,
    addClaim,
    addGovernance,
    addAccess,
    addHistory,
    addLineage,
    addProof,
    addWitness,
    addExecution,
    addOffsets,
    addOnline,
    addQuarantine,
    addWork,
  ])
    add(program)
  inherit(program)
  return program
}

function inherit(parent: Command): void {
  for (const command of parent.commands) inherit(command.exitOverride().copyInheritedSettings(parent))
}

async function main(): Promise<number> {
  try {
    await build().parseAsync(process.argv)
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
