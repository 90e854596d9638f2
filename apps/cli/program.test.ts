import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { createCli } from './cli.ts'
import { createProgram } from './program.ts'

const stream = { write: () => {} }
const cli = createCli({ env: {}, out: stream, err: stream, in: {}, interrupt: new AbortController().signal })

/** What is made for a shell. */
const showsNothing = ['completion']

interface Leaf {
  readonly name: string
  readonly options: ReadonlySet<string | undefined>
}

function leaves(command: CommandUnknownOpts, path: readonly string[] = []): Leaf[] {
  if (command.commands.length > 0) return command.commands.flatMap((one) => leaves(one, [...path, one.name()]))
  return [{ name: path.join(' '), options: new Set(command.options.map(({ long }) => long)) }]
}

test('every command that shows something takes -o, and every one that can be left can also be waited for', () => {
  const all = leaves(createProgram(cli))
  assert.ok(all.length > 35, `${all.length} commands`)
  const mute = all.filter(({ options }) => !options.has('--output')).map(({ name }) => name)
  assert.deepEqual(mute.sort(), showsNothing)
  for (const { name, options } of all.filter(({ options }) => options.has('--no-wait'))) {
    assert.ok(options.has('--wait') && options.has('--timeout'), name)
  }
})
