/** The command line loads the group of the command that is asked for: the table of groups says what each module adds. */
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { GROUPS, groupsFor } from '../../serving/cli/groups.ts'

test('each group adds the commands that the table says, in their order', async () => {
  for (const { commands, load } of GROUPS) {
    const program = new Command()
    const add = await load()
    add(program)
    expect(program.commands.map((command) => command.name())).toEqual(commands)
  }
})

test('a command is in one group, which is all that is loaded; help and unknown words need all of them', () => {
  const names = GROUPS.flatMap(({ commands }) => commands)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(groupsFor(name)).toHaveLength(1)
  for (const word of [undefined, '--help', 'help', 'nothing', '-V']) expect(groupsFor(word)).toBe(GROUPS)
})
