import type { Client } from '@cello/sdk'
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Cli } from './cli.ts'

/** Milliseconds after which a shell is not kept waiting any longer. */
const patienceMs = 1_000

export interface Name {
  readonly value: string
  readonly description: string
}

const nouns = ['network', 'node', 'peer', 'channel', 'contract', 'organization', 'operation', 'host'] as const
/** What the server knows names of. */
export type Noun = (typeof nouns)[number]

/** What the last of these words, as far as it is typed, is to name; undefined where that is nothing that a server knows. */
export function nounSought(program: CommandUnknownOpts, words: readonly string[]): Noun | undefined {
  const before = words.slice(0, -1)
  const { command, rest } = commandOf(program, before)
  const current = words.at(-1) ?? ''
  const assigned = /^(--[\w-]+)=/.exec(current)?.[1]
  const option = valueOption(command, assigned ?? before.at(-1))
  if (option) return nounOf(option.attributeName())
  return current.startsWith('-') ? undefined : nounOf(placeName(command, positional(command, rest).length))
}

/** What the argument at this place is called. Of a contract people say its name, and nothing else is called so there. */
function placeName(command: CommandUnknownOpts, index: number): string | undefined {
  const name = command.registeredArguments[index]?.name()
  return name === 'name' && command.parent?.name() === 'contract' ? 'contract' : name
}

/** The names of all there are of a noun, in the network and channel that the words mean. None where no server answers soon. */
export async function liveNames(cli: Cli, noun: Noun, words: readonly string[]): Promise<readonly Name[]> {
  const signal = AbortSignal.timeout(patienceMs)
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  const asked = cli.client().then((client) => namesOf({ cli, client, words, signal }, noun))
  return Promise.race([asked, late]).catch(() => [])
}

interface Question {
  readonly cli: Cli
  readonly client: Client
  readonly words: readonly string[]
  readonly signal: AbortSignal
}

async function namesOf(question: Question, noun: Noun): Promise<Name[]> {
  const { client, signal } = question
  const query = { limit: 200 }
  if (noun === 'network') {
    const { items } = await client.networks.list({ query, signal })
    return items.map(({ name, state }) => ({ value: name, description: state }))
  }
  if (noun === 'host') {
    const { items } = await client.hosts.list({ query, signal })
    return items.map(({ name, state }) => ({ value: name, description: state }))
  }
  if (noun === 'operation') {
    const { items } = await client.operations.list({ query: { limit: 50 }, signal })
    return items.map(({ id, kind, subject, state }) => ({
      value: id,
      description: `${kind} ${subject.name}, ${state}`,
    }))
  }
  const network = await networkMeant(question)
  return network === undefined ? [] : namesIn(question, noun, network)
}

async function namesIn(
  { client, words, signal }: Question,
  noun: Exclude<Noun, 'network' | 'host' | 'operation'>,
  network: string,
): Promise<Name[]> {
  const input = { params: { network }, query: { limit: 200 }, signal }
  switch (noun) {
    case 'node':
    case 'peer': {
      const { items } = await client.nodes.list(input)
      const wanted = items.filter(({ kind }) => noun === 'node' || kind === 'peer')
      return wanted.map(({ ref, kind, state }) => ({ value: ref, description: `${kind}, ${state}` }))
    }
    case 'channel': {
      const { items } = await client.channels.list(input)
      return items.map(({ name }) => ({ value: name, description: 'channel' }))
    }
    case 'organization': {
      const { items } = await client.networks.organizations(input)
      return items.map(({ name, mspId }) => ({ value: name, description: mspId }))
    }
    case 'contract': {
      const given = valueOf(words, '-c', '--channel')
      const channels = given === undefined ? (await client.channels.list(input)).items.map(({ name }) => name) : [given]
      const pages = await Promise.all(
        channels.map((channel) => client.contracts.list({ ...input, params: { network, channel } })),
      )
      return pages.flatMap(({ items }) => items.map(({ name, state }) => ({ value: name, description: state })))
    }
  }
}

/** As commands choose it: as typed, CELLO_NETWORK, or the only one there is. */
async function networkMeant({ cli, client, words, signal }: Question): Promise<string | undefined> {
  const typed = valueOf(words, '-n', '--network') ?? cli.env['CELLO_NETWORK']
  if (typed) return typed
  const { items } = await client.networks.list({ query: { limit: 2 }, signal })
  return items.length === 1 ? items[0]?.name : undefined
}

function valueOf(words: readonly string[], short: string, long: string): string | undefined {
  const index = words.findIndex((word) => word === short || word === long)
  const assigned = words.find((word) => word.startsWith(`${long}=`))?.slice(long.length + 1)
  return index === -1 ? assigned : words[index + 1]
}

/** The command that words lead to, and those that come after its name. */
function commandOf(program: CommandUnknownOpts, words: readonly string[]) {
  let command = program
  for (const [index, word] of words.entries()) {
    const inner = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (!inner) return { command, rest: words.slice(index) }
    command = inner
  }
  return { command, rest: [] }
}

/** Words that are neither options nor their values. */
function positional(command: CommandUnknownOpts, words: readonly string[]): string[] {
  return words.filter((word, index) => !word.startsWith('-') && !valueOption(command, words[index - 1]))
}

/** The option of this name, if a value comes after it. */
function valueOption(command: CommandUnknownOpts, name: string | undefined) {
  return command.options.find((option) => (option.short === name || option.long === name) && takesValue(option))
}

function takesValue({ required, optional }: { readonly required: boolean; readonly optional: boolean }): boolean {
  return required || optional
}

function nounOf(name: string | undefined): Noun | undefined {
  return nouns.find((noun) => noun === name)
}
