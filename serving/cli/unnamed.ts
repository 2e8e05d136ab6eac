/** The command of a group that is meant where none is named: `asof alarms` lists the alarms. */
import type { Command } from 'commander'

/** Adds it to its group. A word that is no command of the group is refused as such, and not as too much for a command that nobody named. */
export const unnamed = (group: Command, name: string): Command =>
  group
    .command(name, { isDefault: true })
    .allowExcessArguments()
    .hook('preAction', (_, { args: [word] }) => {
      if (word === undefined) return
      const others = group.commands.map((command) => command.name()).join(', ')
      const isNamed = group.args[0] === name
      group.error(
        isNamed
          ? `error: ${group.name()} ${name} takes no argument, and there is '${word}'`
          : `error: unknown command '${word}': ${group.name()} has ${others}`,
      )
    })
