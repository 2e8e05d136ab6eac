/** Every command that there is, by name. */
import type { AnyCommand } from './definition.ts'
import { featureDefine } from './feature.ts'

const ALL = [featureDefine]

export const COMMANDS: ReadonlyMap<string, AnyCommand> = new Map(
  ALL.map((command) => [command.name, command as unknown as AnyCommand]),
)
