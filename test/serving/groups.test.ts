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

test('a word that is no command of a group is refused as such: never as too much for a command that nobody named', async () => {
  const told: string[] = []
  for (const { load } of GROUPS) {
    const program = new Command().enablePositionalOptions().exitOverride()
    program.configureOutput({ writeErr: (text) => told.push(text) })
    const add = await load()
    add(program)
    for (const group of program.commands) {
      const [name, { commands }] = [group.name(), group]
      // A group that takes an argument of its own takes the word for it.
      if (commands.length === 0 || group.registeredArguments.length > 0) continue
      const ended = program.parseAsync([name, 'extra', 'thing'], { from: 'user' })
      await expect(ended).rejects.toMatchObject({ exitCode: 1, message: expect.stringContaining("'extra'") })
      const named = commands.filter((one) => told.at(-1)?.includes(`for '${one.name()}'`))
      expect(named.map((one) => `${name} ${one.name()}`)).toEqual([])
    }
  }
  expect(told.join('')).toContain("unknown command 'extra': alarms has list, ack, snooze, accept, check")
})
